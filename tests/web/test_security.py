"""The front door: who gets in, what strangers see, where forms may come from, and what every answer carries."""

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import func, select
from starlette.routing import Mount

from access.models import StaffMember, StaffSession
from access.rules import GRANTS, Permission, Role
from access.staff import MOST_FAILURES, disable_staff
from foundation.database import Database
from foundation.settings import Settings
from tests.web.conftest import ORIGIN, Browser, Browsers, email_of
from web.app import LARGEST_BODY, create_app
from web.guard import SESSION_COOKIE, Door, Guard
from web.rendering import NAVIGATION
