import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import type { GatewayInLife } from "./gateway-in-life.ts"
import type { Model } from "./model.ts"

/** Lets this much time pass at once, and then a little again and again while a message still waits for it. */
export async function letTimePass(model: Model, life: GatewayInLife, seconds = 61): Promise<void> {
  await life.advance(seconds)
  for (let more = 0; more < 12; more++) {
    model.now = life.clock.now()
    model.pass()
    if ((await difference(model, life, 5)) === null) return
    await life.advance(301)
  }
}

export async function mustAgree(model: Model, life: GatewayInLife): Promise<void> {
  assert.equal(await difference(model, life, 400), null)
}

/** Null once gateway, phones and model agree, and no work is under way; otherwise how they differ. */
async function difference(model: Model, life: GatewayInLife, looks: number): Promise<string | null> {
  let before = ""
  let last: string | null = ""
  for (let look = 0, quiet = 0; look < looks || quiet < 3; look++) {
    const { told, isAtWork } = await lookAt(model, life)
    last = told === expectedOf(model) ? null : `the gateway:\n${told}\nthe model:\n${expectedOf(model)}`
    quiet = told === before && !isAtWork ? quiet + 1 : 0
    before = told
    if (last === null && quiet >= 2) return null
    if (look > 1000) return "it never comes to rest"
    // A call whose token cannot be fetched waits for some seconds before the next try.
    if (isAtWork && model.wecom === "down" && look % 20 === 19) await life.advance(5)
    await after(look < 10 ? 2 : 10)
  }
  return last
}

async function lookAt(model: Model, life: GatewayInLife): Promise<{ told: string; isAtWork: boolean }> {
  const lines: string[] = []
  let isAtWork = false
  for (const modelled of model.messages) {
    const { id, number } = modelled
    const { json: message } = await life.ask(`/v1/messages/${id}`, {}, 200)
    const { json: recipients } = await life.ask(`/v1/messages/${id}/recipients?limit=1000`, {}, 200)
    const { json: attempts } = await life.ask(`/v1/messages/${id}/attempts?limit=1000`, {}, 200)
    isAtWork ||= attempts.items.some(({ result }: { result: string | null }) => result === null)
    const state = ["queued", "sending", "scheduled"].includes(message.state) ? "pending" : message.state
    for (const [index, row] of modelled.rows.entries()) {
      const isFound = recipients.items[index].state !== "not_found"
      if (!isFound && model.mayFindOut(modelled, row)) row.state = "not_found"
    }
    const rows = recipients.items.map((row: Record<string, string>) => `${row["address"]} ${row["state"]}`)
    lines.push(`${number}: ${state}: ${rows.join(", ")}`)
  }
  const { json: app } = await life.ask("/v1/apps/alerts", {}, 200)
  const { shown, visible } = await life.ledger()
  lines.push(`paused by ${app.pause?.errcode ?? "nothing"}`, `shown ${listed(shown)}`, `visible ${listed(visible)}`)
  return { told: lines.join("\n"), isAtWork }
}

function expectedOf(model: Model): string {
  const lines = model.messages.map((message) => {
    const rows = message.rows.map(({ address, state }) => `${address} ${state}`)
    return `${message.number}: ${model.stateOf(message)}: ${rows.join(", ")}`
  })
  const visible = new Map([...model.copies].map(([key, count]) => [key, count - (model.withdrawn.get(key) ?? 0)]))
  return [
    ...lines,
    `paused by ${model.isPaused ? 60020 : "nothing"}`,
    `shown ${listed(model.copies)}`,
    `visible ${listed(visible)}`,
  ].join("\n")
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([key, count]) => `${key} ${count}`)
    .toSorted()
    .join(", ")
}
