"""How the shop is deployed: units and container file, read as the machines that use them do."""
