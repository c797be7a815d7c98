import { FRAME_COMMANDS } from "../../../../src/bots/frame.ts"
import assert from "node:assert/strict"
import { test } from "node:test"
import { APIS, ROBOT_APIS } from "../../../../src/api/apis.ts"
import { parseFaults } from "../../../../src/faults/parse-faults.ts"
import { FAULT_KINDS } from "../../../../src/faults/planned-fault.ts"
import { faultOf, FIELDS_OF, KINDS, NEEDED, type FaultEntries } from "./fault-fields.ts"
import { KNOWN_PATHS } from "./known-paths.ts"
import { READY_MADE } from "./ready-made.ts"

const EVERYTHING: FaultEntries = {
  path: "message/send",
  kind: "errcode",
  times: "2",
  after: "1",
  match: "磁盘",
  errcode: "60020",
  status: "502",
  bytes: "10",
  delay_ms: "5",
  body: '{"a":1}',
  acts: true,
}
const NOTHING: FaultEntries = {
  ...EVERYTHING,
  times: "",
  after: " ",
  match: "",
  errcode: "",
  status: "",
  bytes: "",
  delay_ms: "",
  body: "",
  acts: false,
}

test("the form knows the kinds of the simulator", () => {
  assert.deepEqual(KINDS.toSorted(), FAULT_KINDS.toSorted())
})

for (const kind of FAULT_KINDS) {
  test(`whatever the form asks for a fault of kind ${kind}, the simulator takes`, () => {
    const { fault, problems } = faultOf({ ...EVERYTHING, kind })
    const { faults, badFields } = parseFaults(fault)
    assert.deepEqual([problems, badFields, faults.length], [[], [], 1])
    for (const field of FIELDS_OF[kind]) assert.ok(field in fault, field)
  })

  test(`of a fault of kind ${kind} that is left empty, the simulator misses only what the form calls needed`, () => {
    const { badFields } = parseFaults(faultOf({ ...NOTHING, kind }).fault)
    assert.deepEqual(
      badFields.map(({ path }) => path),
      [NEEDED[kind]].filter((name) => name !== undefined),
    )
  })
}

test("what is no number goes to the simulator as it is, so that the field is named", () => {
  const { badFields } = parseFaults(faultOf({ ...EVERYTHING, times: "twice", errcode: "6e4" }).fault)
  assert.deepEqual(
    badFields.map(({ path }) => path),
    ["times", "errcode"],
  )
})

test("members for the answer that are no JSON are named before anything is posted; another body is any text", () => {
  assert.deepEqual(
    faultOf({ ...EVERYTHING, body: "{" }).problems.map(({ path }) => path),
    ["body"],
  )
  assert.deepEqual(faultOf({ ...EVERYTHING, kind: "html", body: "{" }).problems, [])
})

test("the ready-made faults are taken as they are", () => {
  assert.deepEqual(parseFaults(READY_MADE.map(({ fault }) => fault)).badFields, [])
})

test("the paths on offer are those the simulator has", () => {
  const paths = new Set(["*", "gettoken", ...APIS.keys(), ...ROBOT_APIS.keys(), ...FRAME_COMMANDS, "_bot"])
  assert.deepEqual(new Set(KNOWN_PATHS), paths)
})
