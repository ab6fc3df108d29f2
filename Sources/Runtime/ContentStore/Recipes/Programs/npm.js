#!/usr/bin/env node
// npm of this stand-in: Debian's npm, asked through a registry of its own that packs Debian's node packages, those in
// /usr/share/nodejs, when they are asked for. The registry lives in this process and needs no network. Another registry
// that the user names is asked as ever.
'use strict'

const crypto = require('crypto')
const fs = require('fs')
const http = require('http')
const path = require('path')
const stream = require('stream')
const zlib = require('zlib')
const semver = require('/usr/share/nodejs/semver')

const root = '/usr/share/nodejs'
const host = 'npm.stand-in.invalid'

/** The packages by name, each with its versions and their directories; those inside of others too. */
function findPackages () {
  const found = new Map()
  function visit (directory) {
    for (const name of fs.readdirSync(directory).sort()) {
      const place = path.join(directory, name)
      if (name.startsWith('@')) { visit(place); continue }
      let manifest
      try { manifest = JSON.parse(fs.readFileSync(path.join(place, 'package.json'), 'utf8')) } catch { continue }
      if (semver.valid(manifest.version) && manifest.name) {
        if (!found.has(manifest.name)) found.set(manifest.name, new Map())
        const versions = found.get(manifest.name)
        if (!versions.has(manifest.version)) versions.set(manifest.version, { place, manifest })
      }
      const inner = path.join(place, 'node_modules')
      if (fs.existsSync(inner)) visit(inner)
    }
  }
  visit(root)
  return found
}

let all
const packages = () => (all = all || findPackages())

/** The newest of the versions that are here and that the range allows; undefined when there is none. */
function best (name, range) {
  const versions = packages().get(name)
  return versions && (semver.maxSatisfying([...versions.keys()], range) || undefined)
}

/**
 * What a package needs, in the versions that Debian has: Debian makes its packages fit one another, whatever their
 * manifests say. A package that Debian has built in, or does without, is no longer asked for.
 */
function fitting (dependencies) {
  const result = {}
  for (const [name, range] of Object.entries(dependencies || {})) {
    const versions = packages().get(name)
    if (!versions) continue
    result[name] = best(name, range) ? range : semver.rsort([...versions.keys()])[0]
  }
  return result
}

function manifestOf ({ manifest }) {
  const result = { ...manifest, dependencies: fitting(manifest.dependencies) }
  for (const field of ['devDependencies', 'optionalDependencies', 'peerDependencies', 'peerDependenciesMeta', 'scripts',
    'bundleDependencies', 'bundledDependencies', 'directories']) delete result[field]
  return result
}

/** A block of 512 bytes: the ustar header of a file, with a fixed time. */
function header (name, size, mode) {
  const block = Buffer.alloc(512)
  let prefix = ''
  if (Buffer.byteLength(name) > 100) {
    const cut = name.indexOf('/', name.length - 101)
    prefix = name.slice(0, cut)
    name = name.slice(cut + 1)
  }
  block.write(name, 0, 100)
  block.write(mode.toString(8).padStart(7, '0'), 100)
  block.write('0000000', 108)
  block.write('0000000', 116)
  block.write(size.toString(8).padStart(11, '0'), 124)
  block.write((499162500).toString(8).padStart(11, '0'), 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345, 155)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(sum.toString(8).padStart(6, '0') + '\0 ', 148)
  return block
}

/** The package as npm pack would write it. */
function tarball (entry) {
  const parts = []
  function add (name, bytes, mode) {
    parts.push(header(`package/${name}`, bytes.length, mode), bytes, Buffer.alloc((512 - bytes.length % 512) % 512))
  }
  add('package.json', Buffer.from(JSON.stringify(manifestOf(entry), null, 2) + '\n'), 0o644)
  function visit (directory, prefix) {
    for (const name of fs.readdirSync(directory).sort()) {
      if (name === 'node_modules' || (prefix === '' && name === 'package.json')) continue
      const place = path.join(directory, name)
      let status
      try { status = fs.statSync(place) } catch { continue } // a link to what Debian ships elsewhere
      if (status.isDirectory()) visit(place, `${prefix}${name}/`)
      else if (status.isFile()) add(prefix + name, fs.readFileSync(place), status.mode & 0o111 ? 0o755 : 0o644)
    }
  }
  visit(entry.place, '')
  parts.push(Buffer.alloc(1024))
  return zlib.gzipSync(Buffer.concat(parts), { level: 6 })
}

const packed = new Map()
function pack (name, version) {
  const key = `${name}@${version}`
  if (!packed.has(key)) packed.set(key, tarball(packages().get(name).get(version)))
  return packed.get(key)
}

/** The registry's answer for a package: all its versions. */
function packument (name) {
  const versions = {}
  for (const [version, entry] of packages().get(name)) {
    const bytes = pack(name, version)
    versions[version] = {
      ...manifestOf(entry),
      dist: {
        tarball: `http://${host}/${name}/-/${path.basename(name)}-${version}.tgz`,
        shasum: crypto.createHash('sha1').update(bytes).digest('hex'),
        integrity: 'sha512-' + crypto.createHash('sha512').update(bytes).digest('base64')
      }
    }
  }
  return { name, 'dist-tags': { latest: semver.rsort(Object.keys(versions))[0] }, versions }
}

let told = false
function answer (request, response) {
  if (!told) {
    told = true
    process.stderr.write('npm stand-in: packages are packed from Debian\'s in /usr/share/nodejs, not fetched from ' +
      'registry.npmjs.org\n')
  }
  const wanted = decodeURIComponent(new URL(request.url, `http://${host}`).pathname.slice(1))
  const [name, file] = wanted.split('/-/')
  const version = file && file.slice(path.basename(name).length + 1, -'.tgz'.length)
  const versions = packages().get(name)
  if (!versions || (file && !versions.has(version)) || request.method !== 'GET') {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: 'this stand-in\'s registry holds Debian\'s node packages alone' }))
  } else if (file) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.end(pack(name, version))
  } else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(packument(name)))
  }
}

/** One end of a connection inside this process, as net.Socket has it for http. */
class End extends stream.Duplex {
  _read () {
    const written = this.written
    this.written = undefined
    if (written) written()
  }

  _write (chunk, encoding, written) {
    if (chunk.length === 0) return process.nextTick(written)
    this.other.written = written
    this.other.push(chunk)
  }

  _final (done) {
    this.other.push(null)
    done()
  }

  setTimeout () { return this }
  setKeepAlive () { return this }
  setNoDelay () { return this }
  ref () { return this }
  unref () { return this }
}

const server = http.createServer(answer)
const connect = http.Agent.prototype.createConnection
http.Agent.prototype.createConnection = function (options, callback) {
  if (options.host !== host) return connect.call(this, options, callback)
  const [client, serving] = [new End(), new End()]
  client.other = serving
  serving.other = client
  server.emit('connection', serving)
  process.nextTick(() => client.emit('connect'))
  return client
}

const program = path.basename(process.argv[1]) === 'npx' ? 'npx-cli.js' : 'npm-cli.js'
process.argv[1] = `${root}/npm/bin/${program}`
require(process.argv[1])
