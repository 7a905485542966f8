"""The Python libraries that benchmarks compare with: those that are installed."""
import importlib
import sys


def library(name):
    """The module, or None where it is not installed, which is said on stderr."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name} is not installed: its rows are missing", file=sys.stderr)
        return None


def named(module, what=""):
    """What a row calls it: its name and version, and how it was used."""
    return f"{module.__name__} {module.__version__.split('+')[0]}{what}"
