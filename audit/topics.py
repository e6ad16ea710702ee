"""Actions that are announced: recording one of them writes a row into the outbox."""

# Filled by the apps that tell, once, when they are ready.
ANNOUNCED_ACTIONS: set[str] = set()
