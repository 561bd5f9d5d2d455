// The page asks the same API that everyone may ask, once in two seconds while it is in sight.
"use strict";
const at = (id) => document.getElementById(id);
let chosen = null;

function rows(body, lines, choose) {
  body.replaceChildren(...lines.map(({ key, cells }) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text ?? "";
      return cell;
    }));
    if (choose) row.addEventListener("click", () => choose(key));
    return row;
  }));
}

async function ask(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(5000) });
  return response.json();
}

async function refresh() {
  if (document.hidden) return;
  try {
    const [{ trunks = [] }, { total = 0, calls = [] }] =
      await Promise.all([ask("/api/v1/trunks"), ask("/api/v1/calls")]);
    rows(at("trunks"), trunks.map((t) => ({
      cells: [t.name, t.kind, t.up ? "yes" : "no", t.peer, t.calls_in, t.calls_out, t.calls_limit],
    })));
    rows(at("calls"), calls.slice(-200).reverse().map((c) => ({
      key: c.id,
      cells: [c.setup_at, c.state, c.calling, c.called, c.caller.trunk, c.callee?.trunk, c.rule, c.id],
    })), (id) => { chosen = id; refresh(); });
    at("total").textContent = `${total} live`;
    at("state").textContent = "running";
    if (chosen) await ladder(chosen);
  } catch (error) {
    at("state").textContent = `no answer: ${error.message}`;
  }
}

async function ladder(id) {
  const { ladder } = await ask(`/api/v1/calls/${encodeURIComponent(id)}`);
  at("which").textContent = id;
  const lines = (ladder?.steps ?? []).map((s) =>
    `${String(s.at_ms).padStart(7)} ms  ${s.from.padEnd(7)} → ${s.to.padEnd(7)}  ${s.what}`);
  at("ladder").textContent = lines.join("\n");
}

refresh();
setInterval(refresh, 2000);
