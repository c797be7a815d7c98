import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { planReadme } from "./plan-readme.ts"
import { readTyped } from "./read-commands.ts"

const root = join(import.meta.dirname, "../../..")
const readme = (name: string): Promise<string> => readFile(join(root, name), "utf8")
const typed = (markdown: string): string[] => readTyped(markdown).map(({ text }) => text)
const sh = (...lines: string[]): string => ["```sh", ...lines, "```"].join("\n")

for (const name of ["README.md", "README.zh-CN.md"]) {
  for (const place of ["checkout", "installed checkout", "packed"] as const) {
    // proves 10.2: the first use
    test(`${name}, ${place}: each command is run, or listed as not run`, async () => {
      assert.deepEqual(planReadme(await readme(name), place).faults, [])
    })
  }

  // proves 10.2: the first use
  test(`${name}: no line of a block is left out`, async () => {
    const blocks = [...(await readme(name)).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body = ""]) => body)
    const lines = blocks.flatMap((body) => body.split("\n")).filter((line) => line !== "" && !line.startsWith("#"))
    const commands = typed(await readme(name)).join("\n")
    assert.ok(lines.length > 8)
    for (const line of lines) assert.ok(commands.includes(line.replace(/ +#.*$/, "")), line)
  })
}

test("both READMEs type the same, but for the words of the messages", async () => {
  const [en, zh] = await Promise.all([readme("README.md"), readme("README.zh-CN.md")])
  assert.deepEqual(withoutWords(typed(zh)), withoutWords(typed(en)))
})

function withoutWords(commands: string[]): string[] {
  return commands.map((text) => text.replaceAll(/"\*\*.*"/g, '"…"'))
}

test("a command ends where its shell would run it: after continued lines, quotes, loops and here-documents", () => {
  const commands = [
    "curl x \\\n  -d '{\n  \"a\": 1\n}'",
    "for i in 1 2; do\n  npx wecom-push send --user $i\ndone",
    "cat > people.txt <<EOF\n# 13800000001\nEOF",
    "npm start",
  ]
  assert.deepEqual(typed(sh("# first", ...commands, "", "npm test   # the tests")), [...commands, "npm test"])
})

test("what is cut off in its block is still a command, which then fails", () => {
  assert.deepEqual(typed(sh("for i in 1 2; do", "  npx wecom-push send")), ["for i in 1 2; do\n  npx wecom-push send"])
})

test("a # within quotes, or in the middle of a word, begins no comment", () => {
  const commands = [`npx wecom-push send --text "报警 # 3"`, "curl http://127.0.0.1:7788/docs#send"]
  assert.deepEqual(typed(sh(...commands)), commands)
})

test("lines are counted as in the file, and commands come in its order", () => {
  const page = [
    "# Title",
    "",
    "Run `npm ci`.",
    "",
    sh("npm start", "npm test"),
    "",
    "Then `npx wecom-push send`.",
  ].join("\n")
  assert.deepEqual(
    readTyped(page).map(({ line, text }) => [line, text]),
    [
      [3, "npm ci"],
      [6, "npm start"],
      [7, "npm test"],
      [10, "npx wecom-push send"],
    ],
  )
})

test("a new command of a block is run without being listed", async () => {
  const { planned, faults } = planReadme(`${await readme("README.md")}\n${sh("npx wecom-push apps")}\n`, "checkout")
  assert.deepEqual(faults, [])
  assert.deepEqual(planned.at(-1)?.how, { kind: "typed" })
})

// proves 10.2: the first use
test("a command within a sentence that is neither in a block nor listed is a fault", async () => {
  const page = `${await readme("README.md")}\nOr run \`npx wecom-push status\`.\n`
  const line = page.split("\n").length - 1
  assert.deepEqual(planReadme(page, "checkout").faults, [
    `line ${line}: \`npx wecom-push status\` is neither run (in a block of sh) nor listed as not run`,
  ])
})

test("a command that was listed and is gone is a fault", async () => {
  const page = (await readme("README.md")).replaceAll("npm start", "npm run begin")
  assert.deepEqual(planReadme(page, "checkout").faults, ["listed, but no longer there: npm start"])
})

test("a block in a language that is not run is a fault", async () => {
  const page = `${await readme("README.md")}\n\`\`\`bash\nnpm start\n\`\`\`\n\`\`\`\nnpm start\n\`\`\`\n`
  assert.equal(planReadme(page, "checkout").faults.length, 2)
})
