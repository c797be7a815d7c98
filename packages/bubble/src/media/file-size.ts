/** As WeCom writes it: `512B`, `1.5KB`, `20MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  const kilobytes = bytes / 1024
  return kilobytes < 1024 ? `${short(kilobytes)}KB` : `${short(kilobytes / 1024)}MB`
}

const short = (value: number): string => value.toFixed(1).replace(/\.0$/, "")
