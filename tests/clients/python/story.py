"""What every client goes through: the server, who logs in, and the course it writes."""

import os

URL = os.environ["THIDUA_URL"]
USERNAME = os.environ["THIDUA_USERNAME"]
PASSWORD = os.environ["THIDUA_PASSWORD"]

NAME = "Kỹ năng số cơ bản (thử máy khách)"
ORGANISER = "H18.SKHCN"
