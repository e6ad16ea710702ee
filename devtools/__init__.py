"""The demo, embedded servers, design page and catalogues: for development; production imports none of it."""
