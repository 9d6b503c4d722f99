"""The gettext catalogues, and how they are brought up to date with the code (`./run catalogues`)."""
