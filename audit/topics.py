"""The actions that somebody is to be told of: recording one of them writes a row into the outbox."""

from audit.actions import Action

# Filled by the apps that tell, once, when they are ready.
TOLD: set[Action] = set()
