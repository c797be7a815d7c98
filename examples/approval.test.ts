import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { test } from "node:test"

interface Shown {
  readonly msgid: string
  readonly body: {
    readonly template_card: { readonly replace_text?: string; readonly main_title: { readonly desc: string } }
  }
}

/** The program as a person runs it, and its phone. */
function startApproval() {
  const program = new URL("approval.ts", import.meta.url).pathname
  const child = spawn(process.execPath, ["--conditions=wecom-push-source", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exitCode = new Promise((resolve) => child.once("exit", resolve))
  return {
    exitCode,
    interrupt: () => void child.kill("SIGINT"),
    async nextLine(): Promise<string> {
      const { value } = await lines.next()
      return String(value)
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}

// proves 4.3: cards as a loop
test("an approval changes on the phone when it is pressed", { timeout: 60_000 }, async () => {
  using approval = startApproval()
  const [, url = ""] = /^Open (http:\/\/[^/]+)\/\?user=zhangsan and press/.exec(await approval.nextLine()) ?? []
  const phone = async (): Promise<Shown> => {
    const response = await fetch(`${url}/_sim/messages?userid=zhangsan`)
    const [shown] = ((await response.json()) as { messages: Shown[] }).messages
    assert.ok(shown !== undefined)
    return shown
  }
  const before = await phone()
  assert.equal(before.body.template_card.replace_text, undefined)

  const click = { msgid: before.msgid, key: "approve", selected: { budget: ["project"] } }
  const pressed = await fetch(`${url}/_sim/phones/zhangsan/click`, { method: "POST", body: JSON.stringify(click) })
  assert.equal(((await pressed.json()) as { state: string }).state, "delivered")
  assert.equal(await approval.nextLine(), "zhangsan approved, budget project")
  const { replace_text, main_title } = (await phone()).body.template_card
  assert.deepEqual([replace_text, main_title.desc], ["已同意", "已批准，转采购部办理"])

  const again = await fetch(`${url}/_sim/phones/zhangsan/click`, { method: "POST", body: JSON.stringify(click) })
  assert.equal(again.status, 409)
  approval.interrupt()
  assert.equal(await approval.exitCode, 0)
})
