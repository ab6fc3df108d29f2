import GoTemplates
import Testing

/// Texts and errors are those of Docker 20.10's client for the same templates; `make parity` asks it again.
@Suite("Go templates")
struct GoTemplateTests {
    @Test(
        "A duration is words where it is printed and a number in JSON; a formatter's row escapes what HTML would read")
    func durationsAndRows() throws {
        let row = TemplateValue.record(
            .init(
                type: "*formatter.context",
                [
                    .init("Every", .duration(nanoseconds: 5_000_000_000, words: "5s"), omitsEmpty: true),
                    .init("Never", .duration(nanoseconds: 0, words: "0s"), omitsEmpty: true),
                    .init("By", .string("a > b & <c>")),
                ], escapesHTML: true))
        #expect(
            try GoTemplate("{{.Every}} {{.Never}} {{json .Every}} {{json .By}}").execute(row)
                == "5s 0s 5000000000 \"a > b & <c>\"")
        #expect(
            try GoTemplate("{{json .}}").execute(row)
                == #"{"Every":5000000000,"By":"a \u003e b \u0026 \u003cc\u003e"}"#)
    }

    static let value = TemplateValue.record(
        .init(
            type: "types.Thing",
            [
                .init("Id", go: "ID", .string("sha256:abc")), .init("Tags", .texts(["a:1", "b:2"])),
                .init("Size", .integer(1200)), .init("Half", .decimal(0.5)), .init("On", .bool(true)),
                .init(
                    "Config",
                    .record(
                        .init(
                            type: "*container.Config",
                            [
                                .init("Env", .texts(["A=b", "C=<d>"])), .init("Cmd", .null(.slice)),
                                .init("Volumes", .null(.map)), .init("Health", .null(.pointer), omitsEmpty: true),
                                .init("Labels", .texts(["x": "y", "a": "b"])),
                            ]))),
            ]))

    @Test(
        arguments: [
            ("{{.ID}}", "sha256:abc"), ("{{.Config.Env}}", "[A=b C=<d>]"), ("{{.Config.Cmd}}", "[]"),
            ("{{.Config.Volumes}}", "map[]"), ("{{.Config.Labels}}", "map[a:b x:y]"),
            ("{{.Config}}", "{[A=b C=<d>] [] map[] <nil> map[a:b x:y]}"),
            ("{{.Half}} {{.On}} {{.Size}}", "0.5 true 1200"),
            (
                "{{json .Config}}",
                #"{"Env":["A=b","C=<d>"],"Cmd":null,"Volumes":null,"Labels":{"a":"b","x":"y"}}"#
            ),
            ("{{range .Config.Env}}{{println .}}{{end}}", "A=b\nC=<d>\n"),
            ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=b;x=y;"),
            ("{{range $i, $e := .Tags}}{{$i}}{{$e}} {{end}}", "0a:1 1b:2 "),
            ("{{range .Config.Cmd}}x{{else}}none{{end}}", "none"),
            ("{{index .Tags 0}} {{(index .Tags 1)}} {{len .Tags}}", "a:1 b:2 2"),
            (#"{{index .Config.Labels "x"}}|{{index .Config.Labels "no"}}|{{.Config.Labels.no}}"#, "y||<no value>"),
            ("{{if .On}}a{{else}}b{{end}}", "a"), ("{{if not .On}}a{{else if .Size}}b{{else}}c{{end}}", "b"),
            ("{{with .Config}}{{.Env}}{{end}}{{with .Config.Cmd}}x{{else}}y{{end}}", "[A=b C=<d>]y"),
            ("{{$x := .ID}}{{if .On}}{{$x = \"new\"}}{{end}}{{$x}}", "new"),
            (#"{{.ID | upper | printf "%q"}}"#, "\"SHA256:ABC\""), (#"{{join .Tags ","}}"#, "a:1,b:2"),
            (#"{{split "a,b,c" ","}} {{title "hello world"}} {{lower "AB"}}"#, "[a b c] Hello World ab"),
            (#"{{pad "a" 2 3}}|{{truncate "abcdef" 3}}|{{slice "abc" 1 2}}"#, "  a   |abc|b"),
            (#"{{println 1 2 "a"}}{{print 1 2 "a" "b" 3}}"#, "1 2 a\n1 2ab3"),
            (
                #"{{printf "%5d|%-5s|%05d|%x|%v|%d" 12 "ab" 7 "hi" .Config.Env "x"}}"#,
                "   12|ab   |00007|6869|[A=b C=<d>]|%!d(string=x)"
            ),
            (
                #"{{eq .Size 1200}} {{ne "a" "b"}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}}"#,
                "true true true true false true"
            ),
            (#"{{eq "a" "b" "a"}} {{and .ID 1}} {{or "" "x"}} {{not .ID}}"#, "true 1 x false"),
            ("{{/* c */}}x{{- \" y \" -}} z", "x y z"), ("a  {{- 1}} {{2 -}}  b", "a1 2b"),
            ("{{'a'}} {{0x10}}", "97 16"),
            ("{{`raw\\n`}}{{\"\\t\\u00e9\"}}", "raw\\n\té"), ("no actions }}", "no actions }}"),
        ])
    func texts(template: String, expected: String) throws {
        #expect(try GoTemplate(template).execute(Self.value) == expected)
    }

    @Test(
        arguments: [
            ("{{.Id}", "template: :1: bad character U+007D '}'"),
            ("{{foo .Id}}", "template: :1: function \"foo\" not defined"),
            ("{{if .Id}}a", "template: :1: unexpected EOF"), ("{{.Id}} {{end}}", "template: :1: unexpected {{end}}"),
            ("{{else}}", "template: :1: unexpected {{else}}"),
            ("{{\"abc}}", "template: :1: unterminated quoted string"),
            ("{{$x}}", "template: :1: undefined variable \"$x\""),
            ("{{if}}x{{end}}", "template: :1: missing value for if"),
            ("{{}}", "template: :1: missing value for command"), ("{{#}}", "template: :1: unexpected \"#\" in command"),
            ("{{.Id ,}}", "template: :1: unexpected \",\" in operand"),
            ("{{1 | 2}}", "template: :1: non executable command in pipeline stage 2"),
            ("a\n{{.Id", "template: :2: unclosed action"), ("{{(1}}", "template: :1: unclosed left paren"),
        ])
    func syntax(template: String, expected: String) {
        let error = #expect(throws: TemplateError.self) { try GoTemplate(template) }
        #expect(error?.description == expected)
    }

    @Test(
        arguments: [
            ("{{.Foo}}", "1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\""),
            ("{{.Config.Foo}}", "1:9: executing \"\" at <.Config.Foo>: map has no entry for key \"Foo\""),
            ("{{index .Tags 5}}", "1:2: executing \"\" at <index .Tags 5>: error calling index: index out of range: 5"),
            ("{{join .Id \",\"}}", "1:7: executing \"\" at <.Id>: wrong type for value; expected []string; got string"),
            (
                "{{eq 1 \"a\"}}",
                "1:2: executing \"\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison"
            ),
            (
                "{{index .Tags \"a\"}}",
                "1:2: executing \"\" at <index .Tags \"a\">: error calling index: cannot index slice/array with type string"
            ),
            ("{{.Id.Foo}}", "1:5: executing \"\" at <.Id.Foo>: can't evaluate field Foo in type interface {}"),
            ("{{upper}}", "1:2: executing \"\" at <upper>: wrong number of args for upper: want 1 got 0"),
            ("{{nil}}", "1:2: executing \"\" at <nil>: nil is not a command"),
            ("{{.Id 3}}", "1:2: executing \"\" at <.Id>: Id is not a method but has arguments"),
            ("{{len 3}}", "1:2: executing \"\" at <len 3>: error calling len: len of type int"),
            ("a\n {{range .Id}}{{end}}", "2:9: executing \"\" at <.Id>: range can't iterate over sha256:abc"),
        ])
    func execution(template: String, expected: String) {
        let error = #expect(throws: TemplateError.self) {
            try GoTemplate(template).execute(Self.value.decoded, missingKey: .error)
        }
        #expect(error?.description == "template: :" + expected)
    }

    @Test("Any bytes are read or refused, and end")
    func anyBytes() {
        var state: UInt64 = 42
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let words = [
            "{{", "}}", ".Id", "if ", "else", "end", "range ", "$x", ":=", "|", "(", ")", "\"a\"", "5", " ", ".",
            "index", "%", "-", "\n", "é",
        ]
        for _ in 0..<5000 {
            let text = (0..<next(14)).map { _ in words[next(words.count)] }.joined()
            _ = try? GoTemplate(text).execute(Self.value)
        }
    }

    @Test("JSON on many lines is indented as docker inspect prints it")
    func indentation() {
        let value = TemplateValue.list([
            .record(.init(type: "x", [.init("A", .list([])), .init("B", .texts(["c": "d"]))]))
        ])
        #expect(
            value.indentedJSON
                == "[\n    {\n        \"A\": [],\n        \"B\": {\n            \"c\": \"d\"\n        }\n    }\n]")
    }
}
