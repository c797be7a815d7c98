import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { test } from "node:test"
import { PROVEN_BY_COMMAND } from "./proof/commands.ts"
import { wordFaults } from "./plain-words.ts"
import { readTags, sourcesBelow, tagsIn, titlesIn } from "./proof/read-tags.ts"
import { SECTIONS } from "./proof/sections.ts"

const root = resolve(import.meta.dirname, "..")
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** Everything that has to have its proof. */
const REQUIRED = [
  ...rows("C", 1, 22),
  ...rows("row ", 1, 7),
  ...rows("row ", 20, 26),
  ...rows("row ", 30, 33),
  ...rows("row ", 40, 46),
  ...rows("row ", 59, 60),
  ...rows("U", 1, 17),
  ...rows("A", 1, 13),
  "A15",
  ...rows("P", 1, 9),
  ...rows("P", 11, 15),
  ...rows("S", 1, 14),
  ...rows("D", 1, 16),
  ...rows("N", 1, 11),
  ...rows("3.", 1, 9),
  ...rows("3.bad ", 1, 3),
  ...rows("3.test ", 1, 6),
  ...rows("3.speed ", 1, 8),
  ...rows("3.done ", 1, 4),
  ...rows("4.", 1, 7),
  ...rows("4.bad ", 1, 9),
  ...rows("4.test ", 1, 7),
  ...rows("4.speed ", 1, 5),
  ...rows("10.", 1, 2),
  "10.4",
  "10.6",
  "10.7",
  "10.8",
  "11.S3",
  "11.S1",
  "11.B21",
  "11.B22",
  "11.N1",
  "11.N2",
  "11.N3",
  "11.S7",
  "11.S2",
  "11.S9",
  "11.S16",
  "11.S20",
  "11.B1",
  "11.B2",
  "11.B3",
  "11.S10",
  "11.S24",
  "11.S5",
  "11.S19",
  "11.S6",
  "11.S14",
  "11.S12",
  "11.S13",
  "11.S21",
  "11.S22",
  "11.S18",
  "11.S4",
  "11.B11",
  "11.B12",
  "11.B13",
  "11.B14",
  "11.B15",
  "11.B16",
  "11.S11",
  "12.D1",
  ...rows("12.R", 1, 2),
  "12.R4",
  ...rows("12.R", 1, 16),
  ...rows("12.R", 15, 16),
  ...rows("12.G", 1, 3),
  ...rows("12.G", 1, 2),
  ...rows("12.C", 1, 3),
  ...rows("12.T", 1, 9),
  "11.B30",
  "11.B31",
  "11.B32",
  "11.B33",
  "11.B34",
  "11.S15",
  "11.A1",
  ...rows("13.K", 1, 6),
  ...rows("13.L", 1, 6),
  ...rows("13.M", 1, 7),
  "13.speed",
  "29.E1",
  "29.E2",
  "29.E3",
  "29.E9",
  "29.E4",
  "29.E7",
  "29.E12",
  "29.E13",
  "29.recall",
  "29.E10",
  "29.P7",
  "29.minute",
  "30.chinese",
  "30.docs",
  "30.proof",
  "30.words",
  "30.examples",
  "30.helpers",
  "30.client",
  "30.go",
  "30.pruned",
  "30.python",
  "30.init",
  "30.hour",
  "30.mcp",
  "30.mcp-http",
  "30.mcp-cont",
  "30.mcp-conf",
  "30.mcp-real",
  "30.kept",
  "30.trace",
  "30.upgrade",
  "30.year",
  "30.bad-up",
  "30.bad-init",
  "30.spans",
  "30.mcp-data",
  "30.mcp-mask",
  "30.metadata",
  "30.next",
  "30.openapi",
  "30.phones",
  "30.readmes",
  "30.recipes",
  "30.shell",
  "30.site",
  "30.bad-site",
  "30.tarballs",
  "30.versions",
  "30.alone",
  "30.node",
  "30.proxies",
  "30.sizes",
  "30.maps",
  "30.image",
  "30.single",
  "30.release",
  "29.E11",
  "29.halves",
  "29.P8",
  "29.P1",
  "29.P2",
  "29.P5",
  "29.P6",
  "29.P9",
  "29.bad",
  "29.long",
  "29.next",
  "29.parked",
  "29.ticks",
  "29.P3",
  "29.P10",
  "29.P11",
  "29.P12",
  "29.P13",
  "29.P14",
  "29.doctor",
  "29.lane",
  "32.simulator",
  "32.robot",
  "32.robots",
  "29.idle",
  "29.badday",
  "28.bare",
  "28.alerts",
  "28.six",
  "28.fast",
  "28.day",
  "28.D4",
  "28.D5",
  "28.D6",
  "28.D9",
  "28.chain",
  "28.options",
  "28.D7",
  "28.D11",
  "28.host",
  "28.rate",
  "28.log",
  "28.D8",
  "28.D2",
  "28.D10",
  "28.D12",
  "28.journal",
  "28.doctor",
  "29.E6",
  "29.E8",
  "28.options-sdk",
  "28.copies",
  "28.node10",
  "28.D1",
  "28.D3",
  "28.tabs",
  "28.numbers",
  "31.kinds",
  "31.port",
  "31.toy",
  "31.party",
  "31.turns",
  "31.jobs",
  "31.floors",
  "32.reads",
  "32.forward",
  "32.in.text",
  "32.in.robot-app",
  "32.in.notes",
  "32.in.hooks",
  "32.in.replays",
  "32.in.robot",
  "32.in.sources",
  "32.in.command",
  "32.in.json",
  "32.clients",
  "32.in.revoked",
  "32.in.audit",
  "32.in.head",
  "32.in.guesses",
  "32.in.bad",
  "32.chat-sim",
  "32.chats",
  "32.compat-chats",
  "32.task-card",
  "32.chats-sdk",
  "32.chats-command",
  "32.card-command",
  "32.say",
  "32.made-chats",
  "32.robot-of-environment",
  "32.bot-sim",
  "32.bot-sdk",
  "32.bot-peer",
  "32.bot-line",
  "32.bot-gateway",
  "32.not-opened",
  "32.conversations",
  "32.frames",
  "32.bot-cards",
  "32.bot-welcome",
  "32.bot-postgres",
  "32.bot-people",
  "32.bot-chats",
  "32.bot-log-in",
  "32.bot-environment",
  "32.else",
  "32.rules",
  "32.kind",
  "32.bot-sizes",
  "32.kills",
  "32.unused",
  "32.lost-frames",
  "32.secret-changed",
]

const { proofs, faults } = readTags(root)
const TAG_OF_C1 = "  // proves C1: what holds\n"

test("every row has its proof, and every proof a row", () => {
  const proven = new Set(proofs.map(({ row }) => row))
  assert.deepEqual(
    REQUIRED.filter((row) => !proven.has(row)),
    [],
    "without proof",
  )
  assert.deepEqual(
    [...proven].filter((row) => !REQUIRED.includes(row)),
    [],
    "unknown rows",
  )
})

test("every row has its part of the page", () => {
  const parts = proofs.filter(({ row }) => SECTIONS.filter(({ holds }) => holds.test(row)).length !== 1)
  assert.deepEqual(parts, [])
})

// proves 30.proof: made from what tests say above themselves
test("every tag has a promise and a text, and a test below it", () => {
  assert.deepEqual(faults, [])
})

// proves 30.proof: made from what tests say above themselves
test("a tag belongs to the test in the next line, or after other comments; one that says too little is a fault", () => {
  const source = `${TAG_OF_C1}  // proves row 7: what holds\n  // oxlint-disable-next-line x -- y\n  for (const n of all) test(\n    \`a \${n} of \\\`it\\\`\`, () => 0)\n`
  const by = "a … of `it`"
  const what = "what holds"
  assert.deepEqual(tagsIn(source, "a.ts").proofs, [
    { row: "C1", what, file: "a.ts", by },
    { row: "row 7", what, file: "a.ts", by },
  ])
  for (const bad of [`${TAG_OF_C1}const a = 1\ntest("b")\n`, "// proves C1\ntest('b')", "// proves C1: \ntest('b')"])
    assert.equal(tagsIn(bad, "a.ts").faults.length, 1, bad)
})

// proves 30.words: titles of tests
test("titles of tests do without the words that texts for users do without", () => {
  const titles = sourcesBelow(root).flatMap(({ file, source }) => titlesIn(source).map((title) => `${file}: ${title}`))
  assert.ok(titles.length > 4000, `${titles.length}`)
  assert.deepEqual(
    titles.filter((title) => wordFaults(title.replace(/^[^:]*: /, "")).length > 0),
    [],
  )
})

// proves 30.words: what tags say
test("what a tag says does without them too", () => {
  assert.deepEqual(
    proofs.filter(({ what }) => wordFaults(what).length > 0),
    [],
  )
})

test("every command that is named can be given", () => {
  for (const { row, by } of PROVEN_BY_COMMAND) {
    const script = /^`npm (?:run )?([\w:-]+)(?: -- [^`]+)?`/.exec(by)?.[1] ?? ""
    assert.ok(script in scripts, `${row}: ${by}`)
    const benched = /^`npm run bench -- ([\w-]+)`/.exec(by)?.[1]
    if (benched !== undefined) {
      assert.match(readFileSync(join(root, "bench/main.ts"), "utf8"), new RegExp(`^  "?${benched}"?[:,]`, "m"), row)
    }
  }
})

function rows(prefix: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}`)
}
