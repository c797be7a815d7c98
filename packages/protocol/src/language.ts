export type Language = "en" | "zh"

/** A sentence in both languages of the project. */
export interface Bilingual {
  readonly en: string
  readonly zh: string
}
