#!/bin/sh
# Builds public/index.html: the page with its two pay links in it. Nothing but the links is made here.
set -eu
basket=$(checkout link sign order.json)
teapot=$(checkout products link a-teapot)
mkdir -p public
sed -e "s|BASKET_LINK|$basket|" -e "s|TEAPOT_LINK|$teapot|" page.html > public/index.html
