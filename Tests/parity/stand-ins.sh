#!/bin/sh
# Makes every stand-in for an image of Docker Hub in a home, and runs the deck's examples in them.
#
# usage: stand-ins.sh TEACH HOME        (as root; asks Debian's archive)
set -eu
teach=$1
export TEACH_HOME="$2"
failures=0

# expect NAME PATTERN: standard input holds a line that matches
expect() {
    text=$(cat)
    if printf '%s\n' "$text" | grep -q -e "$2"; then
        echo "ok: $1"
    else
        echo "FAILED: $1: no line like '$2' in:" >&2
        printf '%s\n' "$text" >&2
        failures=$((failures + 1))
    fi
}

run() { "$teach" docker run --rm -i "$@" 2>&1; }

# Slide 27.
run gcc sh <<'END' | expect "gcc compiles" '^hello, 42$'
mkdir -p /usr/src/myapp && cd /usr/src/myapp
printf '#include <stdio.h>\nint main(void) { printf("hello, %%d\\n", 6 * 7); return 0; }\n' > hello.c
gcc -o hello hello.c && ./hello
END

# Slide 29.
run node npm version | expect "node says its versions" "npm: '"
run -u node -w /usr/src/app node:7.2 bash -c 'echo $(id -un) $(pwd)' | expect "node has its user" '^node /usr/src/app$'
# script(1) is the terminal that the slide is typed in.
printf 'echo $(id -un) $(pwd) $(tty)\nexit\n' \
    | script -qec "'$teach' docker run --rm -ti -u node -w /usr/src/app node:7.2 bash" /dev/null | tr -d '\r' \
    | expect "node has a terminal" 'node /usr/src/app /dev/pts/0$'

# Slide 39.
run alpine:3.7 sh <<'END' | expect "alpine runs php-fpm7" '^uid=1000(www-data) .* test is successful$'
apk add --update --no-cache ca-certificates && apk add --no-cache php7-fpm php7-apcu curl \
    && rm -rf /var/cache/apk/* && rm -rf /tmp/*
addgroup www-data && adduser -h /var/www -D -g '' -G www-data www-data
echo "$(id www-data)" "$(php-fpm7 -m | grep -c apcu)" "$(php-fpm7 -t 2>&1 | grep -o 'test is successful')"
END

# Slides 41 and 47.
run ubuntu:15.04 bash -c 'dpkg-query -W -f "\${Package}\n" coreutils' | expect "ubuntu has dpkg" '^coreutils$'
run alpine echo 'Running in a container!' | expect "alpine echoes" '^Running in a container!$'

# Slide 43.
"$teach" docker run --rm nginx true
"$teach" docker history nginx --no-trunc | expect "nginx's history" '^<missing>.*/bin/sh -c ln -sf /dev/stdout'
run nginx bash -c '
    echo "a page" > /usr/share/nginx/html/page.txt; nginx
    exec 3<>/dev/tcp/127.0.0.1/80; printf "GET /page.txt HTTP/1.0\r\n\r\n" >&3; cat <&3' | expect "nginx serves" '^a page$'

# Slides 50-52.
run node bash <<'END' | expect "express installs, and serves" '^{"hello":"ada"}404$'
mkdir -p /usr/src/app && cd /usr/src/app
echo '{"name":"expressweb","version":"1.0.0","dependencies":{"express":"^4.13.3"},"scripts":{"start":"node server.js"}}' \
    > package.json
npm install && npm ls && npm ci || exit 1
cat > server.js <<JS
const app = require('express')()
app.get('/user/:name', (request, response) => response.json({ hello: request.params.name }))
app.listen(8080, async () => {
  const answer = await fetch('http://127.0.0.1:8080/user/ada')
  console.log(await answer.text() + (await fetch('http://127.0.0.1:8080/none')).status)
  process.exit()
})
JS
npm start
END
run -w /tmp node npm install no-such-package | expect "the registry says what it lacks" "holds Debian's node packages alone"

[ $failures = 0 ]
