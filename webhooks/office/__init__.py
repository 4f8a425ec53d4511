"""The back office: pages for the people who run the shop. Each file here declares its own doors."""
