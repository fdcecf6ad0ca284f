// Reads manifests as kubectl does, so that kubectl's own reader judges ours.
//
// A question is a line of JSON on standard input, a string with a manifest; its answer is a line of JSON on standard
// output: {"documents": [...]}, or {"refusal": "..."} where kubectl refuses the file.
//
// kubectl's steps are those of k8s.io/cli-runtime pkg/resource, StreamVisitor.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
)

type answer struct {
	Documents []json.RawMessage `json:"documents,omitempty"`
	Refusal   string            `json:"refusal,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var manifest string
		if err := json.Unmarshal(lines.Bytes(), &manifest); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := answers.Encode(read(manifest)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(manifest string) answer {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096)
	documents := []json.RawMessage{}
	for {
		var document json.RawMessage
		if err := decoder.Decode(&document); err == io.EOF {
			return answer{Documents: documents}
		} else if err != nil {
			return answer{Refusal: err.Error()}
		}
		document = bytes.TrimSpace(document)
		if len(document) > 0 && !bytes.Equal(document, []byte("null")) {
			documents = append(documents, document)
		}
	}
}
