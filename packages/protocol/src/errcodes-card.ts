import type { ErrcodeRow } from "./errcode-entry.ts"

/** Template cards and task cards, their updates, and recall. */
export const CARD_ERRCODES: readonly ErrcodeRow[] = [
  {
    errcode: 42014,
    name: "task_id_not_valid",
    class: "request",
    meaning: {
      en: "The task_id is used already, empty, too long or holds characters it may not.",
      zh: "task_id 已被使用、为空、过长或含有非法字符。",
    },
    todo: {
      en: "Give every new card a task_id of its own: at most 128 letters, digits, _ - @. After a lost answer this often means that the first try got through.",
      zh: "每张新卡片使用唯一的 task_id：不超过 128 字节，仅限字母、数字和 _ - @。若是超时后重试，通常说明第一次已发送成功。",
    },
  },
  {
    errcode: 42015,
    name: "card_of_another_app",
    class: "request",
    meaning: { en: "The card was sent by another app.", zh: "卡片由其他应用发送，当前应用不能更新。" },
    todo: {
      en: "Update it with agent id and secret of the app that sent it.",
      zh: "请使用原发送应用的 agentid 和 Secret 更新。",
    },
  },
  {
    errcode: 42016,
    name: "task_id_unknown",
    class: "request",
    meaning: { en: "There is no card with this task_id.", zh: "要更新的 task_id 不存在。" },
    todo: { en: "Use the task_id the card was sent with.", zh: "请使用发送卡片时的 task_id。" },
  },
  {
    errcode: 42017,
    name: "button_key_unknown",
    class: "request",
    meaning: { en: "The task card has no button with this key.", zh: "任务卡片中不存在该按钮 key。" },
    todo: { en: "Use the key of a button on the card.", zh: "请使用卡片上已有按钮的 key。" },
  },
  {
    errcode: 42018,
    name: "button_key_not_valid",
    class: "request",
    meaning: { en: "The key of a button is not valid.", zh: "按钮 key 不合法。" },
    todo: {
      en: "Give letters, digits, _ - @ only, at most 128 bytes.",
      zh: "按钮 key 仅限字母、数字和 _ - @，不超过 128 字节。",
    },
  },
  {
    errcode: 42019,
    name: "button_key_missing",
    class: "request",
    meaning: { en: "A button has no key.", zh: "按钮缺少 key。" },
    todo: { en: "Give every button a key.", zh: "请为每个按钮填写 key。" },
  },
  {
    errcode: 42020,
    name: "button_name_missing",
    class: "request",
    meaning: { en: "A button has no name.", zh: "按钮缺少名称。" },
    todo: { en: "Give every button a name.", zh: "请为每个按钮填写 name。" },
  },
  {
    errcode: 42022,
    name: "one_time_code_used",
    class: "request",
    meaning: { en: "The one-time code has been used already.", zh: "一次性 code 已被使用。" },
    todo: { en: "Take the fresh code of the next event.", zh: "请使用下一次事件返回的新 code。" },
  },
  {
    errcode: 42027,
    name: "keyname_missing",
    class: "request",
    meaning: { en: "horizontal_content_list[].keyname is missing.", zh: "缺少 horizontal_content_list[].keyname。" },
    todo: {
      en: "Fill in template_card.horizontal_content_list[].keyname.",
      zh: "请填写 template_card.horizontal_content_list[].keyname。",
    },
  },
  {
    errcode: 42028,
    name: "card_url_missing",
    class: "request",
    meaning: {
      en: "A url is missing in card_action, horizontal_content_list or jump_list.",
      zh: "card_action、horizontal_content_list 或 jump_list 中缺少 url。",
    },
    todo: { en: "Fill in url wherever type is 1.", zh: "type 为 1 时必须填写 url。" },
  },
  {
    errcode: 42029,
    name: "card_media_id_missing",
    class: "request",
    meaning: { en: "horizontal_content_list[].media_id is missing.", zh: "缺少 horizontal_content_list[].media_id。" },
    todo: {
      en: "Fill in template_card.horizontal_content_list[].media_id wherever type is 2, with the id of an uploaded file.",
      zh: "请填写 template_card.horizontal_content_list[].media_id（type 为 2 时必填，取自上传文件返回的 media_id）。",
    },
  },
  {
    errcode: 42030,
    name: "card_appid_missing",
    class: "request",
    meaning: { en: "An appid is missing in card_action or jump_list.", zh: "card_action 或 jump_list 中缺少 appid。" },
    todo: {
      en: "Fill in the appid of a linked mini-program wherever type is 2.",
      zh: "type 为 2 时必须填写已关联小程序的 appid。",
    },
  },
  {
    errcode: 42031,
    name: "card_type_not_valid",
    class: "request",
    meaning: { en: "The card_type is not valid.", zh: "card_type 不合法。" },
    todo: {
      en: "Use text_notice, news_notice, button_interaction, vote_interaction or multiple_interaction.",
      zh: "可用值为 text_notice、news_notice、button_interaction、vote_interaction、multiple_interaction。",
    },
  },
  {
    errcode: 42033,
    name: "card_title_missing",
    class: "request",
    meaning: {
      en: "A title is missing in vertical_content_list or jump_list.",
      zh: "vertical_content_list 或 jump_list 中缺少 title。",
    },
    todo: { en: "Give every item a title.", zh: "请为每一项填写 title。" },
  },
  {
    errcode: 42035,
    name: "horizontal_content_list_length",
    class: "request",
    meaning: {
      en: "horizontal_content_list has more than 6 items.",
      zh: "horizontal_content_list 超过 6 项。",
    },
    todo: { en: "Keep at most 6 of them.", zh: "请保留不超过 6 项。" },
  },
  {
    errcode: 42036,
    name: "vertical_content_list_length",
    class: "request",
    meaning: {
      en: "vertical_content_list has more than 4 items.",
      zh: "vertical_content_list 超过 4 项。",
    },
    todo: { en: "Keep at most 4 of them.", zh: "请保留不超过 4 项。" },
  },
  {
    errcode: 42037,
    name: "option_list_length",
    class: "request",
    meaning: { en: "option_list has too many items or too few.", zh: "option_list 的项数不符合要求。" },
    todo: { en: "Give it 1 to 10 (1 to 20 in a vote).", zh: "option_list 应为 1～10 项（投票卡片 1～20 项）。" },
  },
  {
    errcode: 42042,
    name: "jump_list_length",
    class: "request",
    meaning: { en: "jump_list has more than 3 items.", zh: "jump_list 超过 3 项。" },
    todo: { en: "Keep at most 3 of them.", zh: "请保留不超过 3 项。" },
  },
  {
    errcode: 42047,
    name: "select_list_length",
    class: "request",
    meaning: { en: "select_list has too many items or too few.", zh: "select_list 的项数不符合要求。" },
    todo: { en: "Give it 1 to 3.", zh: "select_list 应为 1～3 项。" },
  },
  {
    errcode: 42038,
    name: "button_text_not_valid",
    class: "request",
    meaning: { en: "button_list[].text is missing or not valid.", zh: "button_list[].text 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.button_list[].text; about 10 characters fit.",
      zh: "请填写 template_card.button_list[].text（建议不超过 10 个字）。",
    },
  },
  {
    errcode: 42039,
    name: "card_button_key_not_valid",
    class: "request",
    meaning: { en: "button_list[].key is missing or not valid.", zh: "button_list[].key 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.button_list[].key, at most 1024 bytes and different for every button.",
      zh: "请填写 template_card.button_list[].key（不超过 1024 字节，且各按钮不能重复）。",
    },
  },
  {
    errcode: 42040,
    name: "option_id_not_valid",
    class: "request",
    meaning: { en: "option_list[].id is missing or not valid.", zh: "option_list[].id 缺失或不合法。" },
    todo: {
      en: "Fill in option_list[].id, at most 128 bytes and different for every option.",
      zh: "请填写 option_list[].id（不超过 128 字节，且各选项不能重复）。",
    },
  },
  {
    errcode: 42041,
    name: "option_text_not_valid",
    class: "request",
    meaning: { en: "option_list[].text is missing or not valid.", zh: "option_list[].text 缺失或不合法。" },
    todo: {
      en: "Fill in option_list[].text; about 16 characters fit.",
      zh: "请填写 option_list[].text（建议不超过 16 个字）。",
    },
  },
  {
    errcode: 42043,
    name: "question_key_not_valid",
    class: "request",
    meaning: { en: "question_key is missing or not valid.", zh: "question_key 缺失或不合法。" },
    todo: {
      en: "Fill in question_key, at most 1024 bytes, in every selection of the card.",
      zh: "请填写 question_key（不超过 1024 字节，卡片中每个选择项都要有）。",
    },
  },
  {
    errcode: 42044,
    name: "card_image_url_not_valid",
    class: "request",
    meaning: { en: "card_image.url is missing or not valid.", zh: "card_image.url 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.card_image.url with the full URL of a picture.",
      zh: "请填写 template_card.card_image.url（图片的完整 URL）。",
    },
  },
  {
    errcode: 42045,
    name: "card_action_not_valid",
    class: "request",
    meaning: { en: "card_action is missing or not valid.", zh: "card_action 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.card_action: type 1 with url, or type 2 with appid.",
      zh: "请填写 template_card.card_action（type 为 1 时填 url，为 2 时填 appid）。",
    },
  },
  {
    errcode: 42046,
    name: "submit_key_not_valid",
    class: "request",
    meaning: { en: "submit_button.key is missing or not valid.", zh: "submit_button.key 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.submit_button.key, at most 1024 bytes.",
      zh: "请填写 template_card.submit_button.key（不超过 1024 字节）。",
    },
  },
  {
    errcode: 42049,
    name: "submit_text_not_valid",
    class: "request",
    meaning: { en: "submit_button.text is missing or not valid.", zh: "submit_button.text 缺失或不合法。" },
    todo: {
      en: "Fill in template_card.submit_button.text; about 10 characters fit.",
      zh: "请填写 template_card.submit_button.text（建议不超过 10 个字）。",
    },
  },
  {
    errcode: 42050,
    name: "card_userid_not_valid",
    class: "request",
    meaning: {
      en: "horizontal_content_list[].userid is missing or not valid.",
      zh: "horizontal_content_list[].userid 缺失或不合法。",
    },
    todo: {
      en: "Fill in template_card.horizontal_content_list[].userid wherever type is 3, with the userid of a member.",
      zh: "请填写 template_card.horizontal_content_list[].userid（type 为 3 时必填，为成员的 userid）。",
    },
  },
  {
    errcode: 42051,
    name: "action_key_clash",
    class: "request",
    meaning: { en: "Two entries of action_list have the same key.", zh: "action_list 中的 key 重复。" },
    todo: { en: "Give every entry a key of its own.", zh: "请确保每个 key 唯一。" },
  },
  {
    errcode: 42052,
    name: "recall_expired",
    class: "request",
    meaning: {
      en: "The message is older than 24 hours and cannot be recalled any more.",
      zh: "消息发送已超过 24 小时，不能撤回。",
    },
    todo: { en: "Send a correction instead.", zh: "只能另发一条更正消息。" },
  },
  {
    errcode: 43012,
    name: "callback_not_configured",
    class: "configuration",
    meaning: {
      en: "Interactive cards need an app with a callback URL, and this one has none.",
      zh: "交互类卡片要求应用已配置回调 URL，当前应用未配置。",
    },
    todo: {
      en: "Set one in the admin console, 应用管理 → the app → 接收消息 → 设置API接收.",
      zh: "在管理后台“应用管理 → 对应应用 → 接收消息 → 设置API接收”中配置。",
    },
  },
  {
    errcode: 60140,
    name: "response_code_not_valid",
    class: "request",
    meaning: {
      en: "The response_code is not valid: expired (72 hours) or used already.",
      zh: "response_code 无效：已过期（72 小时）或已被使用。",
    },
    todo: {
      en: "Use the code of the latest click on the card; each is good for one update.",
      zh: "请使用最近一次点击卡片事件中的 ResponseCode，每个只能更新一次。",
    },
  },
]
