"""The catalogue of seeded bugs: what was broken, and the text that breaks it. Each text must stand in its file exactly once."""

from dataclasses import dataclass

_SEMAPHORES = "shared/domain/semaphores.py"
_LOCKING = "shared/domain/locking.py"
_TURNS = "shared/domain/turns.py"
_FAILURES = "shared/domain/failures.py"
_STEPS = "shared/domain/steps.py"
_ANSWERS = "shared/domain/answers.py"
_GATES = "shared/domain/gates.py"
_CALL = "shared/usecases/call.py"
_SAVING = "shared/usecases/saving.py"
_ADMIT = "shared/usecases/admit.py"
_LEASES = "shared/usecases/leases.py"
_NEEDS = "shared/domain/needs.py"
_RECOVER = "shared/usecases/recover.py"
_VERIFY = "shared/usecases/verify.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One seeded bug."""

    bug: str
    file: str
    old: str
    new: str


def _mutant(bug: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(bug=bug, file=file, old=old, new=new)


MUTANTS = (
    # The lock.
    _mutant(
        "steal a lease on expiry",
        _LOCKING,
        "    semaphore = replace(_without_lapsed_waiters(semaphore, now), slots=claim.slots)\n",
        "    semaphore = replace(_without_lapsed_waiters(semaphore, now), slots=claim.slots)\n"
        "    semaphore = replace(semaphore, holders=tuple(h for h in semaphore.holders if not h.has_expired(now)))\n",
    ),
    _mutant(
        "release without a token",
        _LOCKING,
        "    if lease is None or lease.token != token:",
        "    if lease is None:",
    ),
    _mutant(
        "withdraw without a token",
        _LOCKING,
        "    rest = tuple(each for each in semaphore.holders if (each.job, each.token) != (job, token))",
        "    rest = tuple(each for each in semaphore.holders if each.job != job)",
    ),
    _mutant(
        "forget that a machine moved under a lease that was taken over",
        _LOCKING,
        "    worked = held.worked or (claim.called and not same)",
        "    worked = held.worked",
    ),
    _mutant(
        "no new token for a later step",
        _LOCKING,
        "    token = held.token if same else semaphore.next_token",
        "    token = held.token",
    ),
    _mutant(
        "a former step takes its lease back",
        _LOCKING,
        "    if held is not None and claim.step < held.step:",
        "    if held is not None and claim.step < -1:",
    ),
    _mutant("forget the cool-down", _TURNS, "    return semaphore.left.at + cool_down", "    return None"),
    _mutant(
        "cool down from the first release of a lane only",
        _LOCKING,
        "    left = Left(lane=lease.lane, at=now)",
        "    left = semaphore.left if semaphore.left and semaphore.left.lane == lease.lane else Left(lane=lease.lane, at=now)",
    ),
    _mutant(
        "let two lanes in",
        _TURNS,
        "    if semaphore.holders and semaphore.lane != claim.lane:",
        "    if semaphore.holders and not semaphore.scope:",
    ),
    _mutant(
        "one slot too many",
        _TURNS,
        "    if len(semaphore.holders) >= claim.slots:",
        "    if len(semaphore.holders) > claim.slots:",
    ),
    _mutant(
        "ignore a halt",
        _TURNS,
        "    halt = halt_against(semaphore, claim.lane)\n",
        "    halt = halt_against(semaphore, claim.lane) if not semaphore.scope else None\n",
    ),
    _mutant(
        "let a holder go on though its scope was halted meanwhile",
        _LOCKING,
        "    if held is not None and (halt := halt_against(semaphore, claim.lane)) is not None:",
        "    if held is not None and not held.job and (halt := halt_against(semaphore, claim.lane)) is not None:",
    ),
    _mutant(
        "newcomers overtake waiters",
        _TURNS,
        "    if not _is_ones_turn(semaphore, claim):",
        "    if not semaphore.slots:",
    ),
    # Leases of a job.
    _mutant(
        "take no lease for the cap over all",
        _NEEDS,
        '    yield Placement(scope=Scope("cap:all")), limits.in_all\n',
        "",
    ),
    _mutant(
        "never renew",
        _LEASES,
        "        await change(app, held.scope, _renewal(job.id, held.token, app.now(), lease))",
        "        lease = lease + lease",
    ),
    _mutant("wake nobody", _LEASES, "    for job in wake_up.jobs:", "    for job in wake_up.jobs[:0]:"),
    _mutant(
        "keep what was taken before a busy lease",
        _LEASES,
        "            await withdraw_all(app, job.id, tuple(taken))\n",
        "",
    ),
    # Zones, regions, canaries, error budgets.
    _mutant(
        "keep no zones apart", _NEEDS, "    if job.zone is not None:", "    if job.zone == job.placement:"
    ),
    _mutant(
        "keep no paired regions apart",
        _NEEDS,
        "    if job.pair is not None:",
        "    if job.pair == job.placement:",
    ),
    _mutant(
        "let the other zones go while a machine of one is down",
        _SEMAPHORES,
        "        return self.lane is None or self.lane != lane",
        "        return self.lane is None",
    ),
    _mutant(
        "halt the placement alone, not what takes turns with it",
        _FAILURES,
        "    if own:\n",
        "    if own and not failed.id:\n",
    ),
    _mutant(
        "let the others go beside a canary",
        _TURNS,
        "    return 1 if claim.wave is not None and _passed(semaphore, claim) < claim.canaries else claim.slots",
        "    return claim.slots",
    ),
    _mutant(
        "no soak time after the canary", _TURNS, "    return trial.at + claim.soak", "    return trial.at"
    ),
    _mutant(
        "count a canary that did not come back maintained",
        _LEASES,
        "job.wave if proved else None",
        "job.wave",
    ),
    _mutant(
        "do not wait for the canary that the owner chose",
        _ADMIT,
        "        if stored is not None and not stored.value.state.is_final:",
        "        if stored is not None and stored.value.id == job.id:",
    ),
    _mutant(
        "never spend an error budget",
        "shared/domain/budgets.py",
        "        return too_many or too_much",
        "        return too_many and too_much",
    ),
    _mutant(
        "do not pause a subscription whose error budget is spent",
        "shared/usecases/heed_failure.py",
        "    if found.pause is not None:",
        '    if found.pause == "":',
    ),
    # What a process remembers of the locks.
    _mutant(
        "act on a remembered lock though its store was refused",
        _LEASES,
        "    if version is None:\n        app.recollection.refused(scope)\n        return None\n",
        "    if version is None:\n        app.recollection.refused(scope)\n        return changed\n",
    ),
    _mutant(
        "believe an old memory that there is nothing to do",
        _LEASES,
        "    if changed == remembered.value:\n        return None\n",
        "    if changed == remembered.value:\n        return changed\n",
    ),
    # From the claim to the call.
    _mutant(
        "skip the claim of the step",
        _ADMIT,
        "    version = await app.jobs.save(asking, stored.version)\n"
        "    return None if version is None else Stored(value=asking, version=version)",
        "    return Stored(value=asking, version=stored.version)",
    ),
    _mutant(
        "skip the re-read: call on the scan's word",
        "shared/domain/last_look.py",
        "    if seen.is_in_flight:",
        "    if now.year > 2000:\n        return Call()\n    if seen.is_in_flight:",
    ),
    _mutant(
        "do not look at the neighbours",
        "shared/usecases/neighbours.py",
        "    others = [each for each in members if each != job.machine]",
        "    others = list(members)[:0]",
    ),
    _mutant("call without the intent on record", _CALL, 'job.id, "about_to_call",', 'job.id, "calling",'),
    _mutant(
        "lose the fence: call though the save of called_at was lost",
        _CALL,
        "    version = await app.jobs.save(calling, stored.version)\n"
        "    return None if version is None else Stored(value=calling, version=version)",
        "    version = await app.jobs.save(calling, stored.version)\n"
        "    return Stored(value=calling, version=version or stored.version)",
    ),
    _mutant(
        "call before called_at is saved",
        _CALL,
        "    calling = await _save_calling(app, stored, app.now())\n",
        "    await app.azure.perform_maintenance(stored.value.machine)\n"
        "    calling = await _save_calling(app, stored, app.now())\n",
    ),
    _mutant(
        "call however long the worker was held up",
        _CALL,
        "    if now - since > time_to_act(policy.pace):",
        "    if now < since:",
    ),
    _mutant(
        "do not count attempts",
        _CALL,
        "called_at=now, attempts=job.attempts + 1,",
        "called_at=now, attempts=job.attempts,",
    ),
    _mutant(
        "ignore pauses", _GATES, "    if pause is not None:", "    if pause is not None and not pause.target:"
    ),
    _mutant("ignore the change window", _GATES, "    if opening <= now:", "    if opening is not None:"),
    _mutant(
        "do not look at the window again before the call",
        _CALL,
        "    if not policy.change_windows.fits(now, policy.pace.expected_duration):",
        "    if policy.limits.attempts < 1:",
    ),
    # Answers.
    _mutant(
        "retry a lost answer at once",
        _ANSWERS,
        "        return Verdict(meaning=Meaning.LOST)",
        "        return Verdict(meaning=Meaning.RETRY)",
    ),
    _mutant(
        "retry an answer that nobody has seen yet",
        _ANSWERS,
        "    return Verdict(meaning=Meaning.UNKNOWN)",
        "    return Verdict(meaning=Meaning.RETRY, wait=DEFAULT_RETRY)",
    ),
    _mutant(
        "ask again for a machine that is not eligible",
        _ANSWERS,
        "Meaning.REREAD if eligible else Meaning.NOT_ELIGIBLE",
        "Meaning.REREAD if eligible else Meaning.REREAD",
    ),
    _mutant(
        "no grace for a call whose answer was lost",
        _STEPS,
        "    if now < ends:",
        "    if now < job.entered_at:",
    ),
    _mutant(
        "take a lost call for one that never arrived",
        _STEPS,
        '    return Check(reason="the call may have been accepted, and is counted")',
        "    return NeverArrived(until=now)",
    ),
    # Verification.
    _mutant(
        "verify a machine that is not well",
        _STEPS,
        "    if not is_proved_well(seen, health):\n        reason =",
        "    if seen.machine != job.machine:\n        reason =",
    ),
    _mutant("no bake time", _STEPS, "    baked_at = since + policy.pace.bake_time", "    baked_at = since"),
    _mutant(
        "succeed though the machine is still scheduled",
        _STEPS,
        "    if seen.maintenance is None or seen.maintenance.is_completed:\n        return Succeed",
        "    if seen.machine == job.machine:\n        return Succeed",
    ),
    _mutant(
        "no cool-down after a machine that landed on an old host",
        _VERIFY,
        "            await defer(app, stored, reason, until)",
        "            await defer(app, stored, reason, until, moved=False)",
    ),
    _mutant(
        "no halt after a failure",
        _SAVING,
        "        await heed_failure(app, done)\n",
        '        say("failure.ignored")\n',
    ),
    # Saving, messages, recovery, people.
    _mutant(
        "give leases back before the end is saved",
        _SAVING,
        "    done = job.on(event, now, reason=reason, leases=(), step=job.step + 1)\n",
        "    done = job.on(event, now, reason=reason, leases=(), step=job.step + 1)\n"
        "    await _give_back(app, job, moved=moved)\n",
    ),
    _mutant(
        "do not give leases back at the end",
        _SAVING,
        "    await _give_back(app, job, moved=moved, proved=done.state is State.SUCCEEDED)\n",
        "",
    ),
    _mutant(
        "give a parked job's leases back",
        _SAVING,
        '    await app.record(parked.id, "job.parked",',
        '    await _give_back(app, job, moved=True)\n    await app.record(parked.id, "job.parked",',
    ),
    _mutant(
        "tell nobody of a parked job", _SAVING, '    await notify(app, "job.parked", job, job.reason)\n', ""
    ),
    _mutant(
        "ignore the step number of a message",
        "shared/usecases/take_step.py",
        "    if message.step is not None and message.step != job.step:",
        "    if message.step == -1:",
    ),
    _mutant(
        "never tell what could not be told at once",
        "shared/usecases/settle_dead_letter.py",
        "        await _tell_at_last(app, body)\n",
        "        body = body.strip()\n",
    ),
    _mutant(
        "drop what the queue gave up",
        "shared/usecases/settle_dead_letter.py",
        "    if message.step in (None, stored.value.step):",
        "    if message.step == -1:",
    ),
    _mutant(
        "recovery takes expired leases back, whatever their job does",
        _RECOVER,
        "    return not knows_it and not job.state.may_be_in_flight and lease.has_expired(now)",
        "    return lease.has_expired(now)",
    ),
    _mutant(
        "recovery takes no lease back",
        _RECOVER,
        "    if job is None or job.state.is_final:\n        return True",
        "    if job is None:\n        return True",
    ),
    _mutant(
        "recovery forgets jobs whose message was lost",
        _RECOVER,
        "    for job in overdue:",
        "    for job in overdue[:0]:",
    ),
    _mutant(
        "start anew where a person retries a job whose call is not settled",
        "shared/usecases/decide_job.py",
        "    if job.is_unsettled:",
        "    if job.is_unsettled and not job.leases:",
    ),
    _mutant(
        "do not ask a machine's health check while verifying",
        _VERIFY,
        "    health = await ask_health(app, job) if asked else NO_PROBE\n",
        "    health = NO_PROBE\n",
    ),
    _mutant(
        "count a health check that failed as passed",
        _STEPS,
        "seen.is_well and not isinstance(health, Failed)",
        "seen.is_well",
    ),
    _mutant(
        "let the bake time run on through a health check that failed",
        _VERIFY,
        "            since = (job.well_since or now) if is_proved_well(seen, health) else None\n",
        "            since = job.well_since or now\n",
    ),
    _mutant(
        "call without asking for the machine's health check",
        _CALL,
        "        health = await ask_health(app, job)\n",
        "        health = None\n",
    ),
    _mutant(
        "release leases without a look whether the machine moves",
        "shared/usecases/decide_job.py",
        "    obstacle = None if even_though_moving else await _obstacle(app, stored.value)",
        "    obstacle: NotPossible | None = None",
    ),
    _mutant(
        "one job for all waves of a machine",
        "shared/domain/jobs.py",
        'f"{machine}|{stamp(wave)}"',
        'f"{machine}"',
    ),
)
