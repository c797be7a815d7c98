import { useState, type JSX } from "react"
import { BrokenPicture } from "./icons/icons.tsx"
import { useWords } from "./surroundings.ts"
import { isPictureAddress } from "./web-address.ts"

interface PictureProps {
  readonly url: string
  /** Empty where the text beside it says everything. */
  readonly alt?: string
  readonly className: string
  /** Its address is where the program that draws the message keeps files, and needs no check. */
  readonly isUploaded?: boolean
  /** Width by height. */
  readonly aspectRatio?: number
}

/** A picture of the message, or its place where it cannot be had. */
export function Picture({ url, alt = "", className, isUploaded = false, aspectRatio }: PictureProps): JSX.Element {
  const { pictureFailed } = useWords()
  const [failedUrl, setFailedUrl] = useState<string>()
  const style = aspectRatio === undefined ? undefined : { aspectRatio }
  if (failedUrl === url || !(isUploaded || isPictureAddress(url))) {
    return (
      <span className={`${className} wb-picture-failed`} style={style} title={pictureFailed}>
        <BrokenPicture />
        <span className="wb-hidden">{alt || pictureFailed}</span>
      </span>
    )
  }
  return (
    <img
      className={className}
      style={style}
      src={url}
      alt={alt}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      onError={() => setFailedUrl(url)}
    />
  )
}
