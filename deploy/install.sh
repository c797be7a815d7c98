#!/usr/bin/env bash
# Lays the command and the gateway out in a folder of their own: compiled, with what they need to run and nothing else,
# in the versions of package-lock.json. Run it in a checkout after `npm ci`: deploy/install.sh /opt/wecom-push
# 把命令和网关部署到单独的目录：已编译，只含运行所需的依赖，版本以 package-lock.json 为准。
# 在仓库中执行 npm ci 之后运行：deploy/install.sh /opt/wecom-push
set -euo pipefail
folder=$(realpath -m "${1:?which folder? as in: deploy/install.sh /opt/wecom-push}")
cd "$(dirname "$0")/.."

npm run build
mkdir -p "$folder"
# What an earlier version left would be run beside the new one.
rm -rf "${folder:?}/packages" "$folder/node_modules"
cp package.json package-lock.json LICENSE "$folder"
for package in packages/*; do
  mkdir -p "$folder/$package"
  if [[ $(node -p "require('./$package/package.json').private === true") == true ]]; then
    # The lock names it, and nothing of it is needed to run.
    cp "$package/package.json" "$folder/$package"
  else
    # What would be published.
    tarball=$(cd "$package" && npm pack --silent --ignore-scripts --pack-destination "$folder")
    tar -xzf "$folder/$tarball" -C "$folder/$package" --strip-components=1
    rm "$folder/$tarball"
  fi
done
cd "$folder"
# The pinned Node is an optional dependency: whoever installs this brings Node 24.
npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
