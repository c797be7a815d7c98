import assert from "node:assert/strict"
import { test } from "node:test"
import { parseOrg } from "./parse-org.ts"
import { seedOrg } from "./seed.ts"

const paths = (input: unknown): string[] => parseOrg(input).badFields.map(({ path }) => path)

test("the seed organisation is a good one and stays as it is", () => {
  assert.deepEqual(parseOrg(seedOrg(3)), { org: seedOrg(3), badFields: [] })
})

test("a part that is left out is the seed's", () => {
  assert.deepEqual(parseOrg({ trusted_ips: ["10.0.0.1", "::1"] }).org, {
    ...seedOrg(),
    trusted_ips: ["10.0.0.1", "::1"],
  })
})

test("of the seed's tags and apps only what leads somewhere is kept", () => {
  const { org, badFields } = parseOrg({
    departments: [{ id: 1 }, { id: 3, parentid: 1 }],
    members: [{ userid: "lisi" }],
  })
  assert.deepEqual(badFields, [])
  assert.deepEqual(
    org.apps.map(({ visible }) => visible),
    [
      { departments: [3], members: [], tags: [1] },
      { departments: [3], members: ["lisi"], tags: [] },
      { departments: [1], members: [], tags: [] },
    ],
  )
  assert.deepEqual(org.tags[0]?.members, [])
  assert.deepEqual(paths({ tags: [{ id: 9 }] }), [])
})

test("fields that are left out have defaults: a licence, the root department, an app that sees no member", () => {
  const { org, badFields } = parseOrg({
    departments: [{ id: 7 }],
    members: [{ userid: "a" }],
    tags: [{ id: 1 }],
    apps: [{ agentid: 1, secret: "s" }],
    robots: [],
  })
  assert.deepEqual(badFields, [])
  assert.deepEqual(org.departments, [{ id: 7, name: "部门7", parentid: 0 }])
  assert.deepEqual(org.members[0], {
    userid: "a",
    name: "a",
    mobile: "",
    email: "",
    personal_email: "",
    alias: "",
    departments: [7],
    licensed: true,
  })
  assert.deepEqual(org.apps[0]?.visible, { departments: [], members: [], tags: [] })
  assert.deepEqual(org.apps[0]?.callback, { url: "", token: "", encoding_aes_key: "" })
  assert.equal(org.apps[0]?.enabled, true)
})

const callbackOf = (callback: object) => {
  const { org, badFields } = parseOrg({ apps: [{ agentid: 1, secret: "s", callback: { token: "t", ...callback } }] })
  return { key: org.apps[0]?.callback.encoding_aes_key, paths: badFields.map(({ path }) => path) }
}

test("the callback's key is encoding_aes_key, and its older name is read", () => {
  const key = "a".repeat(43)
  assert.deepEqual(callbackOf({ encoding_aes_key: key }), { key, paths: [] })
  assert.deepEqual(callbackOf({ aes_key: key }), { key, paths: [] })
  const both = callbackOf({ aes_key: "b".repeat(43), encoding_aes_key: key })
  assert.deepEqual(both, { key, paths: ["apps[0].callback.aes_key"] })
})

test("every fault of a document is found, each with its path", () => {
  assert.deepEqual(
    paths({
      corp_id: "",
      member_cap: 0,
      trusted_ips: ["not an ip"],
      departments: [{ id: 1 }, { id: 1 }, { id: 2, parentid: 9 }, { id: 3, parentid: 4 }, { id: 4, parentid: 3 }],
      members: [
        { userid: "has|bar", mobile: "x", email: "y" },
        { userid: "A", mobile: "13800000001", departments: [8], licenced: true },
        { userid: "a", mobile: "13800000001", name: 5 },
      ],
      tags: [{ id: 1, members: ["ghost"], departments: [8] }],
      apps: [
        { agentid: 1, secret: "s", visible: { departments: [8], members: ["ghost"], tags: [8], parties: [] } },
        { agentid: 1, secret: "s", callback: { encoding_aes_key: "short", token: "-" }, enabled: 1 },
        "not an object",
      ],
      chats: [{ chatid: "on-call", agentid: 1, members: ["ghost"], owner: "A" }, { chatid: "c" }],
      robots: [{}],
      extra: 1,
    }).sort(),
    [
      "apps[0].visible.departments[0]",
      "apps[0].visible.members[0]",
      "apps[0].visible.parties",
      "apps[0].visible.tags[0]",
      "apps[1].agentid",
      "apps[1].callback.encoding_aes_key",
      "apps[1].callback.token",
      "apps[1].enabled",
      "apps[1].secret",
      "apps[2]",
      "chats[0].chatid",
      "chats[0].members[0]",
      "chats[0].owner",
      "chats[1].agentid",
      "chats[1].members",
      "corp_id",
      "departments[1].id",
      "departments[2].parentid",
      "departments[3].parentid",
      "departments[4].parentid",
      "extra",
      "member_cap",
      "members[0].email",
      "members[0].mobile",
      "members[0].userid",
      "members[1].departments[0]",
      "members[1].licenced",
      "members[2].mobile",
      "members[2].name",
      "members[2].userid",
      "robots[0].key",
      "tags[0].departments[0]",
      "tags[0].members[0]",
      "trusted_ips[0]",
    ],
  )
})

test("what is no object at all is one fault", () => {
  for (const input of [undefined, null, [], 1, "x"]) assert.deepEqual(paths(input), [""])
})

// A walk to the top from each of them would take ten minutes.
// proves 28.chain: departments 10,000 deep
test("a chain of 60,000 departments is looked at once, and a circle in it found", { timeout: 60_000 }, () => {
  const chain = Array.from({ length: 60_000 }, (_, index) => ({ id: index + 1, parentid: index }))
  assert.deepEqual(paths({ departments: chain, members: [], tags: [], apps: [] }), [])
  const circle = chain.map(({ id, parentid }) => ({ id, parentid: parentid === 0 ? chain.length - 2 : parentid }))
  const found = paths({ departments: circle, members: [], tags: [], apps: [] })
  assert.equal(found[0], "departments[0].parentid")
  const hanging = found.filter((path) => /\[5999[89]\]/.test(path))
  assert.deepEqual(hanging, [], "the last two hang on the circle and are not part of it")
})
