// Acts: a box with the consequences in numbers, a name and a reason. Nothing happens without it.

const box = document.getElementById("act");
let doIt = null, opener = null;

/** Ask before an act. `work` sends it, with who and why. */
function confirmAct(title, text, work) {
  opener = document.activeElement;
  doIt = work;
  document.getElementById("act-title").textContent = title;
  document.getElementById("act-text").textContent = text;
  document.getElementById("act-error").textContent = "";
  document.getElementById("act-reason").value = "";
  box.showModal();
  const by = document.getElementById("act-by");
  (by.value || me ? document.getElementById("act-reason") : by).focus();
}

async function submitAct(event) {
  event.preventDefault();
  const by = document.getElementById("act-by").value.trim();
  const reason = document.getElementById("act-reason").value.trim();
  const go = document.getElementById("act-go"), error = document.getElementById("act-error");
  if (!(by || me) || !reason || go.disabled) return;
  go.disabled = true;
  try {
    await doIt(me ? { reason } : { by, reason });
    say(`${document.getElementById("act-title").textContent}: done.`);
    box.close();
    forget();
    await refresh();
  } catch (fault) {
    error.textContent = fault instanceof Refused ? fault.message
      : "It is not known whether it was done. Look at the present state before you repeat it.";
  } finally { go.disabled = false; }
}

const openJobs = async () => {
  const list = await get("jobs");
  return [inStates(list.jobs, WAITING), inStates(list.jobs, MOVING), list.jobs];
};

async function pauseAll() {
  const [waiting, moving] = await openJobs();
  confirmAct("Pause everything", `Stops ${count(waiting.length, "waiting machine", "waiting machines")}`
    + `; ${count(moving.length, "machine in flight is", "machines in flight are")} finished.`,
  (who) => post("pause", { target: "everything", ...who }));
}

async function hold(target, name) {
  confirmAct(`Hold ${name}`, "Stops 1 machine before its next start. A redeploy that runs goes on.",
    (who) => post("pause", { target, ...who }));
}

async function resume(pause) {
  const [waiting] = await openJobs();
  const most = count(waiting.length, "machine that waits", "machines that wait");
  confirmAct(`Resume ${pause.target}`, `At most ${most} may start again, by all other rules.`,
    (who) => post("resume", { target: pause.target, ...who }));
}

function liftHalt(lock) {
  const jobs = [...new Set(lock.halts.map((halt) => halt.job))].length;
  confirmAct(`Lift the halt of ${shortScope(lock.scope)}`,
    `Lets ${count(lock.waiters.length, "waiting machine", "waiting machines")} of it go on, and`
    + ` lifts every halt of ${count(jobs, "failed machine", "failed machines")}. Repair first.`,
    (who) => post("halts/lift", { scope: lock.scope, ...who }));
}

function command(job, verb, text) {
  confirmAct(`${verb}: ${shortName(job.machine)}`, `${text}. It concerns 1 machine.`,
    (who) => post(`jobs/${encodeURIComponent(job.id)}/${verb}`, who));
}
