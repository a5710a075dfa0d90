"""What must be so before a stack in a real account is looked at or changed: each a line of `make doctor STACK=...`."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from airgap import engine
from airgap.check import Check, refused
from airgap.errors import SetupError
from commands import plugins, settings, signing
from commands.backend import ToldState
from commands.engine import answer, built
from components.card import load_cards
from components.platforms.accounts import Account, key_of, open_account
from components.validation import InvalidInput

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


class Owned:
    """A stack whose platform is a cloud's: its account, its state where its owner keeps it, and what `make` needs."""

    def __init__(self, stack: str):
        self.stack = stack
        self.state = ToldState(name=stack)
        self._written = {key.partition(":")[2]: str(value) for key, value in settings.written(stack).items()}
        self.tier = "prod" if self._written.get("tier") == "prod" else "dev"  # a preview refuses any other

    @cached_property
    def account(self) -> Account:
        """SetupError where the stack's settings do not name it."""
        kind = settings.kind(self.stack)
        key = key_of(kind)
        for each in (key, "region"):
            if not self._written.get(each):
                raise SetupError(
                    f"{settings.shown(self.stack)}: tradewind:{each} is missing, and says whose cloud is meant. "
                    f'To fix: write `tradewind:{each}: "<yours>"` there, under `config:`.'
                )
        return open_account(kind, self._written[key], self._written["region"])

    @property
    def where(self) -> str:
        """In words: which account, region and tier."""
        account = self.account
        return f"{account.key} {self._written[account.key]}, region {self._written['region']}, tier {self.tier}"

    def who(self) -> list[Check]:
        """The settings, and the credentials: none of it needs the engine."""
        try:
            account = self.account
        except SetupError as error:
            return [refused("settings", error)]
        checks = [Check(what="settings", answer="found", detail=self.where)]
        for name, fix in account.programs.items():
            if path := shutil.which(name):
                checks.append(Check(what=name, answer="found", detail=path))
            else:
                checks.append(Check(what=name, answer="missing", detail=f"no `{name}` on PATH", fix=fix))
        if all(check.answer == "found" for check in checks):
            checks.append(account.identity())
        return checks

    def kept(self) -> list[Check]:
        """The state and what opens its secrets; asked of the engine, which has to be there."""
        login = self._login()
        if login.answer == "missing":
            return [login]
        hosted = login.detail.rpartition(" at ")[2].startswith("https://")
        try:
            export = self.state.export()
        except SetupError as error:
            return [login, refused("stack", error)]
        if export is None:
            fix = (
                f'{self._shell}, `pulumi stack init {self.stack} --secrets-provider "{self.account.secrets_provider}"`.'
            )
            return [login, Check(what="stack", answer="missing", detail=f"{self.stack} is not initialised", fix=fix)]
        deployment = export.get("deployment") or {}
        there = Check(what="stack", answer="found", detail=f"{len(deployment.get('resources') or [])} resources")
        return [login, there, self._secrets(deployment, hosted)]

    def plugins(self) -> list[Check]:
        return [plugins.check(package) for package in (self.account.package, "kubernetes")]

    def all(self) -> Iterator[Check]:
        """All that can be asked for without changing anything."""
        yield from (who := self.who())
        yield signing.check(self.stack)
        identified = not any(check.answer == "missing" for check in who)
        if identified:
            yield self.account.region_open()
            yield from self.account.services(self._asking())
        there: Counter[str] = Counter()
        if built():
            yield from (kept := self.kept())
            if not any(check.answer == "missing" for check in kept):
                there.update(resource["type"] for resource in self.state.resources())
        else:
            yield Check(what="state", answer="built", detail="can be asked once `make up` has made the engine")
        if identified:
            if self._written.get("layer") != "services":  # which take none of what has one
                yield from self.account.quotas(self.tier, there)
            yield from self.plugins()

    def _asking(self) -> set[str]:
        """Settings that it has and does not deny, and `secrets` where a card of its services has any."""
        found = {key for key, value in self._written.items() if value.lower() != "false"}
        named = settings.written(self.stack).get("tradewind:services")
        try:
            cards = load_cards(settings.CHECKOUT / "bentos", named if isinstance(named, list) else None)
        except InvalidInput:  # which a preview says in full
            return found
        return found | ({"secrets"} if any(each.secrets for each in cards) else set())

    @property
    def _shell(self) -> str:
        return f'`eval "$(make -s env STACK={self.stack})"`'

    def _login(self) -> Check:
        run = answer(self.stack, "whoami", "--json")
        if not run.returncode:
            told = json.loads(run.stdout)
            return Check(what="login", answer="found", detail=f"{told['user']} at {told['url']}")
        fix = f"{self._shell}, `pulumi login <where your team keeps state>`: s3://, gs://, or none for Pulumi Cloud."
        words = " ".join(run.stderr.split())
        detail = "nobody is logged in" if "PULUMI_ACCESS_TOKEN must be set" in words else words
        return Check(what="login", answer="missing", detail=detail, fix=fix)

    def _secrets(self, deployment: dict[str, Any], hosted: bool) -> Check:
        """`hosted`: by Pulumi Cloud, which keeps secrets by itself where nothing else is said."""
        file = settings.whole(self.stack)
        told = (deployment.get("secrets_providers") or {}).get("type", "service" if hosted else "")
        provider = file.get("secretsprovider") or ("passphrase" if "encryptionsalt" in file else told)
        change = f'{self._shell}, `pulumi stack change-secrets-provider "{self.account.secrets_provider}"`.'
        if not provider:
            detail = f"{settings.shown(self.stack)} has neither secretsprovider nor encryptionsalt"
            fix = "take the file as `pulumi stack init` wrote it: it belongs to the stack, and into the repository."
            return Check(what="secrets", answer="missing", detail=detail, fix=fix)
        if provider != "passphrase":
            return Check(what="secrets", answer="found", detail=provider)
        if self.tier == "prod":
            detail = "a passphrase opens the secrets of prod: whoever has seen it once cannot be shut out"
            return Check(what="secrets", answer="missing", detail=detail, fix=change)
        ours = str(engine.PASSPHRASE)
        if not any(os.environ.get(name) not in (None, "", ours) for name in PASSPHRASES):
            fix = f"set {PASSPHRASES[1]} to the file that holds it; or {change}"
            return Check(what="secrets", answer="missing", detail="a passphrase, and none is given", fix=fix)
        return Check(what="secrets", answer="found", detail="a passphrase")
