"""Tools for development: the demo, the embedded servers, the design page, the catalogues. Production never imports them."""
