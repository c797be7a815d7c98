export interface Bilingual {
  readonly en: string
  readonly zh: string
}
