import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { SAMPLES } from "../testing/sample-media.ts"
import { ALERTS, HR, ROOT, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const CONTACTS = { secret: "sim-secret-contacts" }

interface Row {
  /** The section of our reference of WeCom's API. */
  readonly section: string
  readonly rule: string
  /** Such as `GET user/get`. */
  readonly call: string
  readonly app?: { readonly secret: string }
  readonly query?: Record<string, string>
  readonly body?: unknown
  readonly errcode?: number
  /** The part of the answer that is checked, and the expected value. */
  readonly answer?: (answer: Answer) => unknown
  readonly is?: unknown
}

const ids =
  (name: string, field = "id") =>
  (answer: Answer) =>
    (answer[name] as Record<string, unknown>[]).map((one) => one[field])

const LINKED = {
  linked_id: "LINKED",
  corp_id: "wwpartner",
  departments: [
    { id: 1, name: "伙伴" },
    { id: 2, name: "仓库", parentid: 1 },
  ],
  members: [
    { userid: "Bob", name: "鲍勃", mobile: "13700000001", departments: [1] },
    { userid: "eve", departments: [2] },
  ],
}

const ROWS: readonly Row[] = [
  // Departments
  {
    section: "10",
    rule: "visible departments only",
    call: "GET department/list",
    app: HR,
    answer: ids("department"),
    is: [3],
  },
  {
    section: "10",
    rule: "a department and all below it",
    call: "GET department/list",
    app: ROOT,
    query: { id: "1" },
    answer: ids("department", "name"),
    is: ["示例公司", "研发部", "人事部", "外勤部"],
  },
  {
    section: "10",
    rule: "the fields of a department",
    call: "GET department/list",
    app: HR,
    answer: (answer) => (answer["department"] as unknown[])[0],
    is: { id: 3, name: "人事部", name_en: "", department_leader: [], parentid: 1, order: 1 },
  },
  { section: "11.2", rule: "no such department", call: "GET department/list", query: { id: "99" }, errcode: 60003 },
  {
    section: "10",
    rule: "a department out of sight",
    call: "GET department/list",
    app: HR,
    query: { id: "4" },
    errcode: 60011,
  },
  {
    section: "10",
    rule: "one department",
    call: "GET department/get",
    app: HR,
    query: { id: "3" },
    answer: (answer) => (answer["department"] as { name: string }).name,
    is: "人事部",
  },
  { section: "11.2", rule: "one department needs its id", call: "GET department/get", errcode: 41019 },
  {
    section: "11.2",
    rule: "one department that does not exist",
    call: "GET department/get",
    query: { id: "99" },
    errcode: 60003,
  },
  {
    section: "10",
    rule: "one department out of sight, something below it or not",
    call: "GET department/get",
    app: HR,
    query: { id: "1" },
    errcode: 60011,
  },
  { section: "1", rule: "the wrong verb", call: "POST department/list", body: {}, errcode: 40058 },
  { section: "1", rule: "no token", call: "GET department/list", app: { secret: "" }, errcode: 41001 },
  // Members
  {
    section: "10",
    rule: "direct members with details",
    call: "GET user/list",
    app: HR,
    query: { department_id: "3" },
    answer: ids("userlist", "userid"),
    is: ["WangWu", "007"],
  },
  {
    section: "10",
    rule: "neither mobile nor email for a new app",
    call: "GET user/list",
    query: { department_id: "3" },
    answer: (answer) => (answer["userlist"] as object[]).some((one) => "mobile" in one || "email" in one),
    is: false,
  },
  { section: "11.2", rule: "members need a department", call: "GET user/list", errcode: 41019 },
  {
    section: "11.2",
    rule: "members of no department",
    call: "GET user/list",
    query: { department_id: "99" },
    errcode: 60003,
  },
  {
    section: "10",
    rule: "members of a department out of sight",
    call: "GET user/list",
    app: HR,
    query: { department_id: "2" },
    errcode: 60011,
  },
  { section: "10", rule: "an app may not list all ids", call: "POST user/list_id", body: {}, errcode: 48002 },
  {
    section: "10",
    rule: "contact sync lists all ids",
    call: "POST user/list_id",
    app: CONTACTS,
    body: {},
    answer: (answer) => [answer["next_cursor"], (answer["dept_user"] as unknown[]).length],
    is: ["", 6],
  },
  {
    section: "10",
    rule: "a limit of at least 1",
    call: "POST user/list_id",
    app: CONTACTS,
    body: { limit: 0 },
    errcode: 40058,
  },
  {
    section: "10",
    rule: "a limit of at most 10,000",
    call: "POST user/list_id",
    app: CONTACTS,
    body: { limit: 10_001 },
    errcode: 40058,
  },
  {
    section: "10",
    rule: "a limit of 10,000",
    call: "POST user/list_id",
    app: CONTACTS,
    body: { limit: 10_000 },
    answer: ids("dept_user", "department"),
    is: [2, 2, 3, 3, 2, 4],
  },
  {
    section: "11.3",
    rule: "a cursor that was never given",
    call: "POST user/list_id",
    app: CONTACTS,
    body: { cursor: "x" },
    errcode: 50100,
  },
  // Contact sync
  {
    section: "2",
    rule: "contact sync cannot send",
    call: "POST message/send",
    app: CONTACTS,
    body: { touser: "lisi", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" } },
    errcode: 48002,
  },
  {
    section: "2",
    rule: "contact sync has no agent",
    call: "GET agent/get",
    app: CONTACTS,
    query: { agentid: String(ALERTS.agentid) },
    errcode: 48002,
  },
  {
    section: "10",
    rule: "contact sync reads no details",
    call: "GET user/get",
    app: CONTACTS,
    query: { userid: "lisi" },
    errcode: 48009,
  },
  {
    section: "10",
    rule: "contact sync reads no details of a department's members",
    call: "GET user/list",
    app: CONTACTS,
    query: { department_id: "2" },
    errcode: 48009,
  },
  {
    section: "10",
    rule: "contact sync reads no names of departments",
    call: "GET department/list",
    app: CONTACTS,
    errcode: 48009,
  },
  {
    section: "10",
    rule: "contact sync reads ids of departments",
    call: "GET department/simplelist",
    app: CONTACTS,
    answer: ids("department_id"),
    is: [1, 2, 3, 4],
  },
  // Apps
  {
    section: "10",
    rule: "an app's token lists that app only",
    call: "GET agent/list",
    answer: (answer) => answer["agentlist"],
    is: [{ agentid: ALERTS.agentid, name: "告警", square_logo_url: "" }],
  },
  // Linked corps
  {
    section: "4.12",
    rule: "whom the app may see of linked corps",
    call: "POST linkedcorp/agent/get_perm_list",
    body: {},
    answer: (answer) => [answer["userids"], answer["department_ids"]],
    is: [
      ["wwpartner/Bob", "wwpartner/eve"],
      ["LINKED/1", "LINKED/2"],
    ],
  },
  {
    section: "4.12",
    rule: "departments of a linked corp",
    call: "POST linkedcorp/department/list",
    body: { department_id: "LINKED/1" },
    answer: ids("department_list", "department_id"),
    is: ["LINKED/1", "LINKED/2"],
  },
  {
    section: "4.12",
    rule: "members of a linked corp",
    call: "POST linkedcorp/user/simplelist",
    body: { department_id: "LINKED/1" },
    answer: (answer) => answer["userlist"],
    is: [{ userid: "Bob", name: "鲍勃", department: ["LINKED/1"], corpid: "wwpartner" }],
  },
  {
    section: "4.12",
    rule: "details of members of a linked corp",
    call: "POST linkedcorp/user/list",
    body: { department_id: "LINKED/1" },
    answer: ids("userlist", "mobile"),
    is: ["13700000001"],
  },
  {
    section: "4.12",
    rule: "one member of a linked corp, in any case",
    call: "POST linkedcorp/user/get",
    body: { userid: "WWPARTNER/bob" },
    answer: (answer) => (answer["user_info"] as { name: string }).name,
    is: "鲍勃",
  },
  {
    section: "11.2",
    rule: "no member of a linked corp",
    call: "POST linkedcorp/user/get",
    body: { userid: "wwpartner/ghost" },
    errcode: 60111,
  },
  { section: "11.2", rule: "no userid of a linked corp", call: "POST linkedcorp/user/get", body: {}, errcode: 41009 },
  {
    section: "11.2",
    rule: "no department of a linked corp",
    call: "POST linkedcorp/user/simplelist",
    body: { department_id: "LINKED/9" },
    errcode: 60003,
  },
  {
    section: "11.2",
    rule: "members of linked corps need a department",
    call: "POST linkedcorp/user/list",
    body: {},
    errcode: 41019,
  },
  // Addresses
  {
    section: "8.8",
    rule: "addresses of callbacks",
    call: "GET getcallbackip",
    answer: (answer) => answer["ip_list"],
    is: ["127.0.0.*"],
  },
  {
    section: "8.8",
    rule: "addresses of the API",
    call: "GET get_api_domain_ip",
    answer: (answer) => answer["ip_list"],
    is: ["127.0.0.1"],
  },
  { section: "8.8", rule: "addresses need a token", call: "GET getcallbackip", app: { secret: "" }, errcode: 41001 },
  // Statistics
  {
    section: "5.4",
    rule: "neither today nor yesterday",
    call: "POST message/get_statistics",
    body: { time_type: 2 },
    errcode: 40058,
  },
  {
    section: "5.4",
    rule: "today unless said otherwise",
    call: "POST message/get_statistics",
    body: {},
    answer: ids("statistics", "app_name"),
    is: ["告警"],
  },
  // Media by URL
  {
    section: "6.4",
    rule: "scene 1 alone",
    call: "POST media/upload_by_url",
    body: byUrl({ scene: 2 }),
    errcode: 40058,
  },
  {
    section: "6.4",
    rule: "video or file",
    call: "POST media/upload_by_url",
    body: byUrl({ type: "image" }),
    errcode: 40005,
  },
  {
    section: "6.4",
    rule: "a name of at most 128 bytes",
    call: "POST media/upload_by_url",
    body: byUrl({ filename: "x".repeat(129) }),
    errcode: 40058,
  },
  { section: "6.4", rule: "a name", call: "POST media/upload_by_url", body: byUrl({ filename: "" }), errcode: 40058 },
  { section: "11.3", rule: "a URL", call: "POST media/upload_by_url", body: byUrl({ url: "" }), errcode: 41010 },
  {
    section: "11.3",
    rule: "a URL of at most 1024 bytes",
    call: "POST media/upload_by_url",
    body: byUrl({ url: `http://127.0.0.1/${"x".repeat(1024)}` }),
    errcode: 40039,
  },
  {
    section: "11.3",
    rule: "a URL with a scheme",
    call: "POST media/upload_by_url",
    body: byUrl({ url: "127.0.0.1/x" }),
    errcode: 40094,
  },
  { section: "6.4", rule: "an MD5", call: "POST media/upload_by_url", body: byUrl({ md5: "x" }), errcode: 40058 },
  {
    section: "6.4",
    rule: "no such job",
    call: "POST media/get_upload_by_url_result",
    body: { jobid: "x" },
    errcode: 40058,
  },
  { section: "6.3", rule: "high-quality voice needs an id", call: "GET media/get/jssdk", errcode: 41006 },
]

function byUrl(change: Record<string, unknown>): Record<string, unknown> {
  const md5 = "0".repeat(32)
  return { scene: 1, type: "file", filename: "a.txt", url: "http://127.0.0.1:9/a.txt", md5, ...change }
}

// proves 32.reads: the simulator
suite("reads, row by row", () => {
  const sim = shared(async (resources) => resources.use(await simClient({ org: { linked_corps: [LINKED] } })))
  for (const row of ROWS) {
    test(`${row.call}: ${row.rule} (${row.section})`, async () => {
      const answer = await ask(sim(), row)
      assert.equal(answer.errcode, row.errcode ?? 0, JSON.stringify(answer))
      if (row.answer !== undefined) assert.deepEqual(row.answer(answer), row.is)
    })
  }
})

async function ask(sim: SimClient, { call, app = ALERTS, query, body }: Row): Promise<Answer> {
  const [verb, path = ""] = call.split(" ")
  const access_token = app.secret === "" ? {} : { access_token: await sim.token(app) }
  return verb === "GET"
    ? sim.get(path, { ...access_token, ...query })
    : sim.post(path, { ...access_token, ...query }, body)
}

test("user/list_id gives so many at a time, and a cursor for the next (10)", async () => {
  await using sim = await simClient()
  const access_token = await sim.token(CONTACTS)
  const found: unknown[] = []
  let cursor = ""
  do {
    const page = await sim.post("user/list_id", { access_token }, { cursor, limit: 4 })
    found.push(...(page["dept_user"] as unknown[]))
    cursor = String(page["next_cursor"])
  } while (cursor !== "" && found.length < 10)
  assert.equal(found.length, 6)
})

test("contact sync reads details where the switch says so, and an old app mobiles (10)", async () => {
  await using sim = await simClient({ settings: { contact_sync_details: true, member_contact_details: true } })
  const query = { access_token: await sim.token(CONTACTS), userid: "lisi" }
  const member = await sim.get("user/get", query)
  assert.deepEqual([member.errcode, member["mobile"], member["email"]], [0, "13800000002", "lisi@example.com"])
})

test("message/get_statistics counts the copies that phones showed, today and yesterday (5.4)", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "zhangsan|lisi|ghost" })
  const count = async (time_type: number): Promise<unknown> => {
    const answer = await sim.post("message/get_statistics", { access_token: await sim.token() }, { time_type })
    return (answer["statistics"] as { count: number }[])[0]?.count
  }
  assert.deepEqual([await count(0), await count(1)], [2, 0])
  await sim.advance(86_400)
  assert.deepEqual([await count(0), await count(1)], [0, 2])
})

const sendLinked = async (sim: SimClient, message: Record<string, unknown>): Promise<Answer> =>
  sim.post(
    "linkedcorp/message/send",
    { access_token: await sim.token() },
    {
      msgtype: "text",
      agentid: ALERTS.agentid,
      text: { content: "你好" },
      ...message,
    },
  )

suite("linkedcorp/message/send (4.12)", () => {
  test("reaches members of ours and of linked corps, and names the others", async () => {
    await using sim = await simClient({ org: { linked_corps: [LINKED] } })
    const answer = await sendLinked(sim, {
      touser: ["lisi", "wwpartner/BOB", "wwpartner/ghost", "ghost"],
      toparty: ["LINKED/2", "LINKED/9"],
    })
    assert.deepEqual(
      [answer.errcode, answer["invaliduser"], answer["invalidparty"]],
      [0, ["ghost", "wwpartner/ghost"], ["LINKED/9"]],
    )
    assert.deepEqual(
      (await sim.copies()).map(({ userid }) => userid),
      ["lisi", "wwpartner/Bob", "wwpartner/eve"],
    )
  })

  for (const [rule, message, errcode] of [
    ["a joined text where a list is due", { touser: "lisi|zhangsan" }, 40035],
    ["no recipient", {}, 82001],
    ["1001 members", { touser: Array.from({ length: 1001 }, (_, n) => `u${n}`) }, 40032],
    ["101 departments", { toparty: Array.from({ length: 101 }, (_, n) => `L/${n}`) }, 82002],
    ["101 tags", { totag: Array.from({ length: 101 }, (_, n) => n) }, 82003],
    ["no recipient left", { touser: ["wwpartner/ghost"] }, 81013],
    ["a template card", { touser: ["lisi"], msgtype: "template_card" }, 40008],
    ["another app's agentid", { touser: ["lisi"], agentid: HR.agentid }, 301002],
    ["no agentid", { touser: ["lisi"], agentid: undefined }, 41011],
    ["all", { toall: 1 }, 0],
  ] as const) {
    test(`${rule}: ${errcode}`, async () => {
      await using sim = await simClient({ org: { linked_corps: [LINKED] } })
      assert.equal((await sendLinked(sim, message)).errcode, errcode)
    })
  }
})

const md5Of = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex")

suite("media/upload_by_url (6.4)", () => {
  const file = Buffer.from("a file from elsewhere")
  const large = Buffer.alloc(20 * 1024 * 1024 + 1)
  const md5 = md5Of(file)
  const result = async (sim: SimClient, change: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const access_token = await sim.token()
    const { jobid } = (await sim.post("media/upload_by_url", { access_token }, byUrl({ md5, ...change }))) as Answer & {
      jobid: string
    }
    for (let looks = 0; looks < 10_000; looks++) {
      const answer = await sim.post("media/get_upload_by_url_result", { access_token }, { jobid })
      if (answer["status"] !== 1) return { ...(answer["detail"] as object), status: answer["status"], jobid }
      await delay(5)
    }
    throw new Error("the job does not end")
  }
  const files = shared(async (resources) => {
    const server = createServer((request, response) => {
      const bytes = request.url === "/large" ? large : file
      if (request.url === "/gone") response.writeHead(404).end()
      else if (request.headers.range === undefined || request.url === "/whole") response.writeHead(200).end(bytes)
      else response.writeHead(206, { "content-range": `bytes 0-0/${bytes.length}` }).end(bytes.subarray(0, 1))
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    resources.defer(() => new Promise<void>((resolve) => server.close(() => resolve())))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  test("fetches the file, which can be downloaded and not be sent by an app, and forgets the job in an hour", async () => {
    await using sim = await simClient()
    const done = await result(sim, { url: `${files()}/file` })
    assert.deepEqual([done["status"], done["errcode"]], [2, 0])
    const access_token = await sim.token()
    const query = new URLSearchParams({ access_token, media_id: String(done["media_id"]) }).toString()
    const response = await fetch(`${sim.sim.url}/cgi-bin/media/get?${query}`)
    assert.equal(await response.text(), file.toString())
    assert.equal((await sim.send({ msgtype: "file", file: { media_id: done["media_id"] } })).errcode, 40007)
    await sim.advance(3600)
    const late = await sim.post("media/get_upload_by_url_result", { access_token }, { jobid: done["jobid"] })
    assert.equal(late.errcode, 40058)
  })

  test("6.3: over 20 MB a file comes in parts alone: 830002", async () => {
    await using sim = await simClient()
    const { media_id } = await result(sim, { url: `${files()}/large`, md5: md5Of(large) })
    const query = { access_token: await sim.token(), media_id: String(media_id) }
    assert.equal((await sim.get("media/get", query)).errcode, 830002)
    const address = `${sim.sim.url}/cgi-bin/media/get?${new URLSearchParams(query).toString()}`
    const part = await fetch(address, { headers: { range: `bytes=0-${20 * 1024 * 1024 - 1}` } })
    assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 20 * 1024 * 1024])
  })

  for (const [rule, change, errcode] of [
    ["a server that does not answer Range", { path: "/whole" }, 830001],
    ["a file that is not there", { path: "/gone" }, 830003],
    ["another MD5", { path: "/file", md5: "0".repeat(32) }, 301019],
  ] as const) {
    test(`${rule}: ${errcode}`, async () => {
      await using sim = await simClient()
      const { path, ...rest } = change
      const failed = await result(sim, { url: files() + path, ...rest })
      assert.deepEqual([failed["status"], failed["errcode"], failed["media_id"]], [3, errcode, ""])
    })
  }
})

test("media/get/jssdk gives voice alone (6.3)", async () => {
  await using sim = await simClient()
  const get = async (media_id: string): Promise<Response> =>
    fetch(
      `${sim.sim.url}/cgi-bin/media/get/jssdk?${new URLSearchParams({ access_token: await sim.token(), media_id }).toString()}`,
    )
  assert.deepEqual(Buffer.from(await (await get(await sim.mediaId("voice"))).arrayBuffer()), SAMPLES.voice)
  assert.equal(((await (await get(await sim.mediaId("image"))).json()) as Answer).errcode, 40007)
})
