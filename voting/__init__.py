"""The vote, in five apps, each a stage that imports the ones before it; and the tally, which imports none."""
