import assert from "node:assert/strict"
import type { Program } from "../processes.ts"
import type { Gateway } from "./gateway.ts"
import { eventually, simulator, whoHasText } from "./phones.ts"

const people = ["lisi", "WangWu", "007"]
const each = 10

/** kill -9 while every call is under way, and a new start: each recipient gets the message, and none gets it twice. */
export async function killed(gateway: Gateway, running: Program, restart: () => Promise<void>): Promise<void> {
  // The simulator is killed with the gateway and forgets what phones showed, so no message may reach a phone before.
  await simulator("POST", "faults", { path: "message/send", kind: "hang_before", times: 10_000 })
  const messages = Array.from({ length: each * people.length }, (_, index) => ({
    app: "alerts",
    to: { users: [people[index % people.length]] },
    msgtype: "text",
    text: { content: `killed ${index}` },
  }))
  const ids = await Promise.all(messages.map((message) => gateway.post(message)))
  await callsUnderWay()
  await running.kill()
  await restart()
  await gateway.allSent(ids)
  const holders = await whoHasText()
  for (const [index] of messages.entries()) {
    assert.deepEqual(holders.get(`killed ${index}`), [people[index % people.length]])
  }
}

async function callsUnderWay(): Promise<void> {
  await eventually("calls are under way", async () => {
    const { calls } = await simulator<{ calls: { fault: string | null }[] }>("GET", "calls?last=10")
    return calls.find(({ fault }) => fault === "hang_before")
  })
}
