import type { ErrcodeRow } from "./errcode-entry.ts"

/** Uploading and fetching media. */
export const MEDIA_ERRCODES: readonly ErrcodeRow[] = [
  {
    errcode: 40004,
    name: "file_kind_not_valid",
    class: "request",
    meaning: { en: "The file is not of the kind that was announced.", zh: "媒体文件类型不合法。" },
    todo: {
      en: "Upload JPG or PNG as image, AMR as voice, MP4 as video, anything else as file.",
      zh: "图片用 JPG/PNG，语音用 AMR，视频用 MP4，其余按 file 上传。",
    },
  },
  {
    errcode: 40005,
    name: "media_type_not_valid",
    class: "request",
    meaning: { en: "The type in the upload's URL is not valid.", zh: "上传素材的 type 参数不合法。" },
    todo: { en: "Use image, voice, video or file.", zh: "type 可用值为 image、voice、video、file。" },
  },
  {
    errcode: 40006,
    name: "file_size_not_valid",
    class: "request",
    meaning: { en: "The size of the file is not valid.", zh: "文件大小不合法。" },
    todo: {
      en: "Files need more than 5 bytes; image and video take 10 MB, voice 2 MB, file 20 MB.",
      zh: "文件须大于 5 字节；图片、视频不超过 10 MB，语音不超过 2 MB，文件不超过 20 MB。",
    },
  },
  {
    errcode: 40007,
    name: "media_id_not_valid",
    class: "request",
    meaning: {
      en: "The media_id is not valid: expired after three days, of another type, or of another corp.",
      zh: "media_id 无效：超过三天已失效、类型不符，或属于其他企业。",
    },
    todo: {
      en: "Upload the file again with the type that the message needs, and use the new id.",
      zh: "按消息所需类型重新上传文件，使用新的 media_id。",
    },
  },
  {
    errcode: 40009,
    name: "image_size_not_valid",
    class: "request",
    meaning: { en: "The size of the picture is not valid.", zh: "图片大小不合法。" },
    todo: { en: "Keep it between 5 bytes and 10 MB.", zh: "图片须大于 5 字节且不超过 10 MB。" },
  },
  {
    errcode: 40011,
    name: "video_size_not_valid",
    class: "request",
    meaning: { en: "The size of the video is not valid.", zh: "视频大小不合法。" },
    todo: { en: "Keep it between 5 bytes and 10 MB.", zh: "视频须大于 5 字节且不超过 10 MB。" },
  },
  {
    errcode: 40123,
    name: "image_broken",
    class: "request",
    meaning: {
      en: "The picture is damaged, or its size is not the declared one.",
      zh: "图片已损坏，或实际大小与声明不符。",
    },
    todo: { en: "Open the file to check it, then upload it again.", zh: "请确认图片可正常打开后重新上传。" },
  },
  {
    errcode: 40145,
    name: "media_id_expired",
    class: "request",
    meaning: { en: "The media_id has expired.", zh: "media_id 已过期。" },
    todo: { en: "Upload the file again; ids live three days.", zh: "素材有效期三天，请重新上传。" },
  },
  {
    errcode: 40146,
    name: "range_header_not_valid",
    class: "request",
    meaning: { en: "The Range header of the download is not valid.", zh: "下载素材的 Range 请求头不合法。" },
    todo: {
      en: "Ask for pieces of at most 20 MB; some ids want multiples of 16 bytes.",
      zh: "每段不超过 20 MB；部分素材要求按 16 字节的整数倍分段。",
    },
  },
  {
    errcode: 41006,
    name: "media_id_missing",
    class: "request",
    meaning: { en: "The media_id is missing.", zh: "缺少 media_id 参数。" },
    todo: {
      en: "Upload the file first and put its media_id into the message.",
      zh: "请先上传文件，再填写返回的 media_id。",
    },
  },
  {
    errcode: 44001,
    name: "media_empty",
    class: "request",
    meaning: { en: "The upload was empty.", zh: "上传的媒体文件为空。" },
    todo: {
      en: "Check that the multipart part is named media and carries the bytes.",
      zh: "请检查 multipart 表单的字段名是否为 media，且确有文件内容。",
    },
  },
  {
    errcode: 45001,
    name: "media_too_large",
    class: "request",
    meaning: { en: "The file is too large.", zh: "媒体文件过大。" },
    todo: {
      en: "Keep image and video within 10 MB, voice within 2 MB, file within 20 MB.",
      zh: "图片、视频不超过 10 MB，语音不超过 2 MB，文件不超过 20 MB。",
    },
  },
  {
    errcode: 45007,
    name: "voice_too_long",
    class: "request",
    meaning: { en: "The voice message is longer than 60 seconds.", zh: "语音超过 60 秒。" },
    todo: { en: "Shorten it, or send it as a file.", zh: "请截短到 60 秒内，或作为文件发送。" },
  },
  {
    errcode: 301015,
    name: "media_not_temporary_image",
    class: "request",
    meaning: { en: "The media id must be that of a temporary image.", zh: "mediaid 必须是临时素材中的图片。" },
    todo: {
      en: "Upload the picture with type image and use that id.",
      zh: "请以 image 类型上传图片后使用其 media_id。",
    },
  },
  {
    errcode: 301016,
    name: "voice_file_unfit",
    class: "request",
    meaning: { en: "The voice file does not meet the rules.", zh: "语音文件不符合要求。" },
    todo: { en: "Use AMR, at most 60 seconds and 2 MB.", zh: "语音须为 AMR 格式，不超过 60 秒且不超过 2 MB。" },
  },
  {
    errcode: 301017,
    name: "voice_not_amr",
    class: "request",
    meaning: { en: "The voice file is not AMR.", zh: "语音不是 AMR 格式。" },
    todo: { en: "Convert it to AMR, or send it as a file.", zh: "请转换为 AMR 格式，或作为文件发送。" },
  },
  {
    errcode: 301019,
    name: "md5_mismatch",
    class: "request",
    meaning: { en: "The md5 does not match the file.", zh: "文件 md5 不匹配。" },
    todo: { en: "Compute the md5 over the very bytes that are uploaded.", zh: "请对实际上传的内容重新计算 md5。" },
  },
  {
    errcode: 830001,
    name: "source_url_unfit",
    class: "request",
    meaning: { en: "The source URL does not support ranged download.", zh: "源 URL 不支持分段（Range）下载。" },
    todo: { en: "Serve the file from a host that answers Range requests.", zh: "请使用支持 Range 请求的文件地址。" },
  },
  {
    errcode: 830002,
    name: "file_or_range_too_large",
    class: "request",
    meaning: { en: "The file, or the range asked for, is too large.", zh: "文件或分段过大。" },
    todo: { en: "Download in ranges of at most 20 MB.", zh: "请分段下载，每段不超过 20 MB。" },
  },
  {
    errcode: 830003,
    name: "source_download_failed",
    class: "transient",
    meaning: { en: "WeCom could not download the file from its URL.", zh: "企业微信下载源文件失败。" },
    todo: {
      en: "Check that the URL is reachable from the internet, then try again.",
      zh: "请确认该 URL 可从公网访问，稍后重试。",
    },
  },
]
