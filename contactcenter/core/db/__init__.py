"""The one way to the database: ``Database.read`` and ``Database.write``, both with plain functions.

``work(tx)`` is a plain function without ``await`` and without outside effect; it may be re-run.
SQLAlchemy Core tables are the only description of rows; hot paths compile a statement once
(``hot``) and run it on the driver through the same ``tx``.
"""

from contactcenter.core.db.engine import Database
from contactcenter.core.db.hot import Hot, hot
from contactcenter.core.db.tx import Tx
from contactcenter.core.db.types import Json, UtcDateTime, Uuid, metadata, now_us

__all__ = ["Database", "Hot", "Json", "Tx", "UtcDateTime", "Uuid", "hot", "metadata", "now_us"]
