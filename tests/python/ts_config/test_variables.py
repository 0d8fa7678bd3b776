import pytest

from ovserve.errors import ConfigurationError
from ovserve.ts_config.variables import overrides, substituted


def test_variables_are_put_in() -> None:
    environment = {"PORT": "80", "HOST": "h", "EMPTY": "", "ODD": "$$PORT$$"}
    assert substituted("http://$$HOST$$:$$PORT$$/$$EMPTY$$", "k", environment) == "http://h:80/"
    assert substituted("a $ b $$ c", "k", {}) == "a $ b $$ c"
    assert substituted("$$ODD$$", "k", environment) == "$$PORT$$"


def test_a_variable_that_is_not_set_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^k: the environment variable NO_SUCH is not set$"):
        substituted("a$$NO_SUCH$$", "k", {})


def test_variables_by_key() -> None:
    environment = {"TS_A_B": "1", "MMS_A_B": "2", "MMS_C": "3", "A_B": "4", "ts_a_b": "5"}
    assert overrides(["a_b", "c", "d"], environment) == {"a_b": ("TS_A_B", "1"), "c": ("MMS_C", "3")}
