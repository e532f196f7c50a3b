"""Degrees of latitude or longitude, as WeChat and WeCom write them: a decimal number."""

import re

DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
