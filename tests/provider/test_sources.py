"""What an image is made of, told apart at plan time."""

import pytest

from airgap.errors import SetupError
from airgap.images import RECIPES
from provider import sources


@pytest.mark.parametrize("name", RECIPES)
def test_the_digest_of_a_platform_image_is_known_at_once_and_stays(name):
    assert sources.digest(f"platform:{name}") == sources.digest(f"platform:{name}")


def test_two_platform_images_have_two_digests():
    assert len({sources.digest(f"platform:{name}") for name in RECIPES}) == len(RECIPES)


def test_an_unknown_platform_image_is_refused_with_those_that_exist():
    with pytest.raises(SetupError, match=r"platform:redis: there is no such image\. To fix: use one of keda,"):
        sources.digest("platform:redis")


@pytest.mark.parametrize("source", ["embedder", "bento:", "docker:python"])
def test_a_text_that_names_no_source_is_refused(source):
    with pytest.raises(sources.SourceError, match=r"To fix: write it like bento:bentos/embedder\."):
        sources.split(source)


def test_a_repository_is_named_after_the_folder():
    assert sources.repository("bento:bentos/embedder") == "tradewind/embedder"
