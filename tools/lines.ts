// How many lines of code a reader has to know: npm run lines -- --help
import { globSync, readFileSync } from "node:fs"
import { parseSync } from "rolldown/utils"
import { readOptions } from "./options.ts"

const RULE =
  "Lines of gateway, protocol and SDK (packages/*/src/**/*.ts) that hold code: no tests, no test helpers, no lines of comments, no blank lines."

readOptions({ command: "npm run lines", about: RULE, options: {} })

const PACKAGES = ["gateway", "protocol", "sdk"] as const

console.log(RULE)
let sum = 0
for (const name of PACKAGES) {
  const files = globSync(`packages/${name}/src/**/*.ts`).filter(
    (file) => !file.endsWith(".test.ts") && !file.includes("/testing/"),
  )
  const lines = files.reduce((count, file) => count + linesOfCode(file, readFileSync(file, "utf8")), 0)
  console.log(`${name.padEnd(9)} ${String(lines).padStart(6)} in ${files.length} files`)
  sum += lines
}
console.log(`all       ${String(sum).padStart(6)}`)

function linesOfCode(file: string, text: string): number {
  const { comments, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} is not TypeScript`)
  let code = ""
  let from = 0
  for (const { start, end } of comments) {
    code += text.slice(from, start)
    from = end
  }
  return (code + text.slice(from)).split("\n").filter((line) => line.trim() !== "").length
}
