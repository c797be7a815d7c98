import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"

const TABLES = [
  "张三 13800000001\n李四 13800000002\n",
  "张三：13800000001\n李四：13800000002\n",
  "张三:13800000001\n李四:13800000002\n",
  "13800000001 张三\n13800000002 李四\n",
  "张三13800000001\n李四13800000002\n",
  "欧阳 娜娜 13800000001\n李四 13800000002\n",
  "1. 13800000001\n2. 13800000002\n",
  "张三（13800000001）\n李四（13800000002）\n",
  "姓名、手机号\n张三、13800000001\n李四、13800000002\n",
  "姓名,手机号\n张三,13800000001\n李四,13800000002\n",
  "张三,13800000001\n13800000002,李四\n",
  '"姓名","手机号"\n"张三","13800000001"\n"李四","13800000002"\n',
]

for (const table of TABLES) {
  test(`a name beside a number makes a table, and the command of the advice takes the numbers: ${table.replaceAll("\n", " / ")}`, async () => {
    await using bench = await startBench()
    await bench.file("table.txt", table)
    const argv = ["send", "--text", "x", "--json", "--mobiles-from"]
    const refused = await bench.run([...argv, "table.txt"])
    assert.equal(refused.code, 2)
    const [, command = ""] = /`(.*)`/.exec(refused.json.error?.faults[0]?.message ?? "") ?? []
    const numbers = execFileSync("sh", ["-c", command], { input: table })
    const ran = await bench.run([...argv, "-"], { stdin: numbers })
    assert.deepEqual(
      [ran.code, ran.json.recipients.map(({ address, state }) => [address, state])],
      [
        0,
        [
          ["13800000001", "sent"],
          ["13800000002", "sent"],
        ],
      ],
    )
  })
}

test("a command that would take a wrong number, or leave one out, is not advised", async () => {
  await using bench = await startBench()
  for (const table of [
    "张三 138000000012345678\n",
    "张三 13800000001 13800000002\n",
    "张三 13800000001\n李四 +852 9123 4567\n",
  ]) {
    await bench.file("table.txt", table)
    const { code, stderr } = await bench.run(["send", "--mobiles-from", "table.txt", "--text", "x", "--lang", "zh"])
    assert.equal(code, 2)
    assert.match(stderr, /一行里除了号码还有别的内容/)
    assert.doesNotMatch(stderr, /例如用/)
  }
})
