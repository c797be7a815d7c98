/**
 * What takes long and is no part of `npm test`: `npm run test:long`, which CI runs too. CONTRIBUTING.md names them, at most
 * 40.
 */
export const LONG_FILES: readonly string[] = []
