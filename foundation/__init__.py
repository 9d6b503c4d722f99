"""What two floors need and no domain word names: settings, database, sealing, language, audit, outbox."""
