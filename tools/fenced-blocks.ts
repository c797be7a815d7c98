export interface FencedBlock {
  /** The number of its first line below the fence, from 1. */
  readonly line: number
  readonly language: string
  /** Without the indentation of the fence. */
  readonly body: string
  /** Whether the comment `<!-- fragment -->` before it says that it is only a part of a file. */
  readonly isFragment: boolean
}

/** The code blocks of a page, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(BLOCK)].map(({ index, groups = {} }) => {
    const { mark, indent = "", language = "", body = "" } = groups
    const above = markdown.slice(0, index).split("\n").length
    return {
      line: above + (mark === undefined ? 1 : mark.split("\n").length),
      language: language.trim(),
      body: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      isFragment: mark !== undefined,
    }
  })
}

const BLOCK = /^(?<mark> *<!-- fragment -->\n\s*)?(?<indent> *)```(?<language>.*)\n(?<body>[\s\S]*?)^\k<indent>```$/gm
