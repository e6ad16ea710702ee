"""Operations of a site: health, logs, invariants, privileges, retention."""
