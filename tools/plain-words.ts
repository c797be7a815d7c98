// Words that texts for users and our comments avoid: readers whose first language is not English do not understand them, or
// our Chinese has another word for them already.

/** "News" is a message type of WeCom, so only its use as a word for what happened is found. */
const ENGLISH =
  /\b(?:nobody|somebody|whoever|fate|of no use|goes on|went on|becomes of|became of|(?:is|are|was|were|be|been) told|news (?:of|from|about)|stands (?:in|on|at|for|behind|before|between|below))\b/gi
/** 任务卡片 (taskcard) is WeCom's own. */
const CHINESE: readonly (readonly [word: RegExp, instead: string])[] = [
  [/结果不明|结果不确定|不确定/g, "存疑"],
  [/任务(?!卡片)/g, "作业"],
  [/收件人|接收者/g, "接收人"],
  [/已接收/g, "已受理"],
]

/** The faults of a text, each with its line, counted from 1. @param text what a reader sees: no code */
export function wordFaults(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) => [
      ...[...line.matchAll(ENGLISH)].map(([word]) => `${index + 1}: “${word}”: say it in plainer words`),
      ...CHINESE.flatMap(([word, instead]) =>
        [...line.matchAll(word)].map(([found]) => `${index + 1}: “${found}”: the glossary's word is ${instead}`),
      ),
    ])
}

/** Comments that begin with "Of", each with its line: such a comment leaves out what it is about. */
export function openingFaults(source: string): readonly string[] {
  return [...source.matchAll(OPENING)].map(
    ({ index }) =>
      `${source.slice(0, index).split("\n").length}: a comment begins with “Of”: say first what it is about`,
  )
}

/** A block comment, or a line comment without one on the line before. */
const OPENING = /\/\*\*?\s+(?:\*\s)?Of\s|(?<!^[ \t]*\/\/[^\n]*\n[ \t]*)\/\/ Of\s/gm

/** A page without its code blocks and spans, with as many lines. */
export function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/^( *)```[\s\S]*?^\1```$/gm, (block) => "\n".repeat(block.split("\n").length - 1))
    .replaceAll(/`[^`\n]*`/g, "")
}

/** The sentences among the string literals of a source: those with a space; with as many lines as it has. */
export function sentencesOf(source: string): string {
  return source
    .split("\n")
    .map((line) => (/^\s*(?:\/\/|\/?\*)/.test(line) ? "" : sentences(line)))
    .join("\n")
}

/** The comments of a source without code spans; with as many lines as it has. */
export function commentsOf(source: string): string {
  return source
    .split("\n")
    .map((line) => comment(line).replaceAll(/`[^`]*`/g, ""))
    .join("\n")
}

function comment(line: string): string {
  if (/^\s*(?:\/\/|\/?\*)/.test(line)) return line
  const code = line.replaceAll(LITERAL, "")
  return /(?<=\s)\/\/\s.*$/.exec(code)?.[0] ?? ""
}

const LITERAL = /"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'/g

function sentences(line: string): string {
  return [...line.matchAll(LITERAL)]
    .map(([literal]) => literal)
    .filter((literal) => /\s|[\u4e00-\u9fff]/.test(literal))
    .join(" ")
}
