import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_corpora():
    spec = importlib.util.spec_from_file_location("tiny_corpora", Path(__file__).with_name("tiny_corpora.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def landmark_corpus(tiny_corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "landmarks"
    tiny_corpora.write_landmark_corpus(folder)
    return folder


@pytest.fixture(scope="session")
def speech_corpus(tiny_corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "speech"
    tiny_corpora.write_speech_corpus(folder)
    return folder
