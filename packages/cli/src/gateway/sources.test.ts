import assert from "node:assert/strict"
import { test } from "node:test"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import type { Ran } from "../testing/try-command.ts"

function faultPaths({ json }: Ran): string[] {
  return (json.error?.faults ?? []).map(({ path }) => path)
}

const CREATE = ["sources", "create", "--adapter", "text", "--app", "alerts"]

// proves 32.in.command: sources made, listed, rotated and revoked
test("a source is made by the command; only its token is on stdout, and it works until it is rotated or revoked", async () => {
  await using bench = await startGatewayBench()
  const env = { LC_ALL: "C" }
  assert.match((await bench.run(["sources"], { env })).stderr, /No sources yet/)
  const made = await bench.run([...CREATE, "--mobile", "13800000001", "--user", "lisi,007", "--priority", "high"])
  assert.equal(made.code, 0, made.stderr)
  const token = made.stdout.trim()
  assert.match(token, /^wps_[a-z0-9]{50}$/)
  const [, id = "", url = ""] = /(src_\S+).*(http:\S+\/in\/text)/.exec(made.stderr) ?? []
  const post = async (with_: string): Promise<number> => {
    const headers = { authorization: `Bearer ${with_}` }
    const answer = await fetch(url, { method: "POST", body: "磁盘 91%", headers })
    await answer.text()
    return answer.status
  }
  assert.equal(await post(token), 202)
  const listed = await bench.run(["sources", "list"])
  const about =
    /^src_\S+ {2}wps_\w{4}… {2}text\n {2}text · alerts · users=lisi,007 mobiles=13800000001 · high · made [^·]+ · (?:never used|last used)/
  assert.match(listed.stdout, about)
  const rotated = await bench.run(["sources", "rotate", id, "--json", "--old-token", "60"])
  assert.equal(rotated.code, 0)
  const successor = String(rotated.json["token"])
  assert.deepEqual([await post(token), await post(successor)], [202, 202])
  assert.match((await bench.run(["sources", "--lang", "zh"])).stdout, /旧 token 有效至/)
  assert.equal((await bench.run(["sources", "rotate", id])).code, 0)
  assert.equal(await post(successor), 401)
  const json = await bench.run(["sources", "--json"])
  assert.equal((json.json["sources"] as unknown[]).length, 1)
  assert.doesNotMatch(json.stdout, new RegExp(successor))
  assert.equal((await bench.run(["sources", "revoke", id])).code, 0)
  assert.deepEqual((await bench.run(["sources", "--json"])).json["sources"], [])
})

// proves 32.in.command: what cannot be a source
test("a source that cannot be one: exit 2, all faults of the flags together; adapters and apps are the gateway's to say", async () => {
  await using bench = await startGatewayBench()
  const argv = ["sources", "create", "--json", "--department", "x", "--tag", "0", "--signing-secret-file", "none"]
  const ran = await bench.run(argv)
  const expected = ["--adapter", "--app", "--department", "--tag", "--signing-secret-file"]
  assert.deepEqual([ran.code, faultPaths(ran)], [2, expected])
  const unknown = await bench.run(["sources", "create", "--adapter", "fax", "--app", "alerts", "--user", "lisi"])
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /^ {2}--adapter has a value that is not allowed/m)
  const inChinese = await bench.run([...CREATE, "--priority", "urgent", "--user", "lisi", "--lang", "zh"])
  assert.match(inChinese.stderr, /^ {2}--priority 的取值无效/m)
  const elsewhere = await bench.run(["sources", "create", "--adapter", "text", "--app", "none", "--user", "lisi"])
  assert.equal(elsewhere.code, 2)
  assert.match(elsewhere.stderr, /none/)
  await bench.file("secret.txt", "a-secret-of-hooks\n")
  const unsigned = await bench.run([...CREATE, "--user", "lisi", "--signing-secret-file", "secret.txt"])
  assert.equal(unsigned.code, 2)
  assert.doesNotMatch(unsigned.stderr, /a-secret-of-hooks/)
  assert.equal((await bench.run(["sources", "rotate", "src_0", "--old-token", "week"])).code, 2)
  assert.equal((await bench.run(["sources", "revoke", "src_0"])).code, 3)
})

// proves 32.in.json: a preview by the command
test("a preview prints what a template makes of a file or of standard input; a source is made with that template", async () => {
  await using bench = await startGatewayBench()
  await bench.file("t.liquid", "{{ title }} {{ level | upcase }}\n")
  await bench.file("t.json", JSON.stringify({ msgtype: "markdown", markdown: { content: "**{{ title }}**" } }))
  await bench.file("body.json", '{"title": "磁盘 91%", "level": "p1"}')
  const shown = await bench.run(["sources", "preview", "body.json", "--template-file", "t.liquid"])
  assert.equal(shown.code, 0, shown.stderr)
  assert.deepEqual(JSON.parse(shown.stdout), { msgtype: "text", text: { content: "磁盘 91% P1" } })
  const piped = ["sources", "preview", "-", "--template-file", "t.liquid", "--lang", "zh"]
  const incomplete = await bench.run(piped, { stdin: '{"title": 1}' })
  assert.match(incomplete.stderr, /已按文本发送/)
  const none = await bench.run(["sources", "preview", "t.liquid", "--json"])
  assert.deepEqual([none.code, faultPaths(none)], [2, ["--template-file", "file"]])
  await bench.file("broken.liquid", "{{ title")
  const broken = await bench.run(["sources", "preview", "body.json", "--template-file", "broken.liquid"])
  assert.equal(broken.code, 2)
  assert.match(broken.stderr, /not closed/)
  const create = ["sources", "create", "--adapter", "json", "--app", "alerts", "--user", "lisi", "--json"]
  const made = await bench.run([...create, "--template-file", "t.json"])
  const template = made.json["template"] as Record<string, unknown>
  assert.deepEqual([made.code, template["msgtype"]], [0, "markdown"])
  assert.equal((await bench.run(create)).code, 2)
})
