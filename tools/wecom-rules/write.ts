// Writes docs/wecom-rules.md and its translation from the simulator's tests; with --check only says whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describeErrcode } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import { effectiveSettings } from "../../packages/simulator/src/settings.ts"
import { testsOfCodes, testsOfLimits } from "./rows.ts"
import { LIMITS_WITHOUT_ROW, REASONS, WITHOUT_ROW } from "./without-row.ts"

const root = resolve(import.meta.dirname, "../..")

const words = {
  en: {
    title: "# WeCom's rules and the rows of the simulator's tests",
    other: "[中文](wecom-rules.zh-CN.md)",
    intro:
      "Made of the simulator's tests and of `tools/wecom-rules/without-row.ts` by `npm run docs:rules`; do not edit by hand. Each row of\nthose tests names the section of its rule. Fields of messages and cards, with their limits, are the rows of\n[message-rules.test.ts](../packages/simulator/src/send/message-rules.test.ts), which fails when a field has none. The codes are those of\n[the catalogue](errors.md); the official list is WeCom document\n[90313](https://developer.work.weixin.qq.com/document/path/90313).",
    without: "## Codes that no row shows",
    withoutHead: "| code | meaning | why |",
    answered: (code: number) => `the simulator answers ${code}`,
    codes: "## Codes with a row",
    codesHead: "| code | meaning | test |",
    uncounted: "## Limits without a row",
    uncountedHead: "| limit | why |",
    limits: "## Limits with a row",
    limitsHead: "| setting of `GET /_sim/settings` | test |",
  },
  zh: {
    title: "# 企业微信的规则与模拟器测试",
    other: "[English](wecom-rules.md)",
    intro:
      "本页由 `npm run docs:rules` 根据模拟器的测试和 `tools/wecom-rules/without-row.ts` 生成，请勿手工修改。测试的每一行都写明规则所在的\n章节。消息和卡片的字段及限制见\n[message-rules.test.ts](../packages/simulator/src/send/message-rules.test.ts)，有字段缺少测试时它会失败。错误码取自\n[错误码目录](errors.zh-CN.md)；官方列表见企业微信文档\n[90313](https://developer.work.weixin.qq.com/document/path/90313)。",
    without: "## 没有测试的错误码",
    withoutHead: "| 错误码 | 含义 | 原因 |",
    answered: (code: number) => `模拟器返回 ${code}`,
    codes: "## 有测试的错误码",
    codesHead: "| 错误码 | 含义 | 测试 |",
    uncounted: "## 没有测试的限制",
    uncountedHead: "| 限制 | 原因 |",
    limits: "## 有测试的限制",
    limitsHead: "| `GET /_sim/settings` 中的设置 | 测试 |",
  },
} as const

const stale = Object.entries({ "docs/wecom-rules.md": page("en"), "docs/wecom-rules.zh-CN.md": page("zh") }).filter(
  ([path, text]) => {
    const file = join(root, path)
    if (process.argv.includes("--check")) return squeezed(readFileSync(file, "utf8")) !== squeezed(text)
    writeFileSync(file, text)
    return false
  },
)
if (stale.length > 0) {
  const paths = stale.map(([path]) => path).join(" and ")
  console.error(`${paths} no longer say what the simulator's tests show; run: npm run docs:rules`)
  process.exitCode = 1
}

function page(language: Language): string {
  const { title, other, intro, without, withoutHead, answered, codes, codesHead } = words[language]
  const { uncounted, uncountedHead, limits, limitsHead } = words[language]
  const meaning = (errcode: number): string => describeErrcode(errcode).meaning[language]
  const withRow = [...testsOfCodes()].filter(([, [test]]) => test !== undefined)
  const sections = [
    [
      without,
      [
        withoutHead,
        "| ---: | --- | --- |",
        ...WITHOUT_ROW.toSorted((one, next) => one.errcode - next.errcode).map(({ errcode, why, answered: code }) => {
          const reason = REASONS[why][language]
          return `| ${errcode} | ${meaning(errcode)} | ${code === undefined ? reason : answered(code)} |`
        }),
      ],
    ],
    [
      uncounted,
      [
        uncountedHead,
        "| --- | --- |",
        ...LIMITS_WITHOUT_ROW.map(({ limit, why }) => `| ${limit[language]} | ${why[language]} |`),
      ],
    ],
    [
      codes,
      [
        codesHead,
        "| ---: | --- | --- |",
        ...withRow
          .toSorted(([one], [next]) => one - next)
          .map(([errcode, tests]) => `| ${errcode} | ${meaning(errcode)} | ${link(tests[0])} |`),
      ],
    ],
    [
      limits,
      [
        limitsHead,
        "| --- | --- |",
        ...[...testsOfLimits(Object.keys(effectiveSettings({}, 1000).limits))].map(
          ([limit, tests]) => `| \`${limit}\` | ${link(tests[0])} |`,
        ),
      ],
    ],
  ] as const
  const body = sections.map(([heading, lines]) => `${heading}\n\n${lines.join("\n")}`)
  return `${[title, other, intro, ...body].join("\n\n")}\n`
}

function link(path: string | undefined): string {
  return path === undefined ? "–" : `[${path.split("/").at(-1) ?? ""}](../${path})`
}

/** Without the spaces with which the formatter aligns tables. */
function squeezed(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---")
}
