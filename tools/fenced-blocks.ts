export interface FencedBlock {
  /** Of its first line below the fence, as editors count. */
  readonly line: number
  readonly language: string
  readonly body: string
}

/** The code blocks of a page, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = "", 2: body = "" }) => ({
    line: markdown.slice(0, index).split("\n").length + 1,
    language: language.trim(),
    body,
  }))
}
