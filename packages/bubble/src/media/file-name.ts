// "report\u202Egpj.exe" would read as "reportexe.jpg".
const REORDERS = /[\u202A-\u202E\u2066-\u2069]/g

/** A file name that reads in the order it is written in. */
export const honestName = (name: string): string => name.replaceAll(REORDERS, "�")
