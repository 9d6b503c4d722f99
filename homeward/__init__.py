"""The program: command line, web application, worker, demo, and the wiring of all packages."""
