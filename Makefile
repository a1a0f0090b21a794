# faceid: two commands are enough on a fresh machine (Go, a C compiler and npm are there):
#   make demo   sets up and runs the main job on real photos
#   make test   sets up and passes the tests

GO     ?= go
FUZZTIME ?= 30s

.DEFAULT_GOAL := help
.PHONY: help build setup demo test test-clients test-cluster test-slow lint fuzz bench bench-pipeline bench-quality bench-losses bench-finetune bench-gallery bench-cluster bench-serve bench-trust rename clean bench-gate dist

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

build: ## build ./bin/faceid
	$(GO) build -o bin/faceid ./cmd/faceid

setup: build ## fetch ONNX Runtime, the default models and the sample photos into the cache, verified by SHA-256
	./bin/faceid models pull default runtime samples

demo: setup ## enrol, identify and verify faces of real group photos
	./bin/faceid demo --out out
	@lfw=$${FACEID_SHARED:-../shared}/data/lfw; if [ -d "$$lfw" ]; then echo; ./bin/faceid eval lfw "$$lfw" --protocol dev-test; fi

test: setup ## all tests that need minutes, not hours; the cluster's are make test-cluster
	$(GO) test -timeout 20m $$($(GO) list ./... | grep -v /gallery/weaviate$$)

test-cluster: ## build the Weaviate server once, and run the tests on three nodes
	$(GO) run ./bench/cluster -build
	FACEID_REQUIRE_WEAVIATE=1 $(GO) test -timeout 20m ./gallery/weaviate

test-clients: setup ## unmodified clients of CompreFace and AWS Rekognition against the server (asks PyPI, npm, Go proxy)
	FACEID_CLIENTS=1 $(GO) test -count=1 -v -timeout 30m ./server/clients

test-slow: setup ## 10^5 exact searches, 500 kills of a gallery, 200 of an enrolment and of a server, 100 of a calibration, 20 of a training, minutes of silence, large photos
	FACEID_SLOW=1 $(GO) test -timeout 20m -run TestExact ./gallery/flat
	FACEID_CRASH_RUNS=500 $(GO) test -timeout 20m -run 'TestKill$$' ./gallery/sqlite
	FACEID_CRASH_RUNS=100 $(GO) test -timeout 20m -run TestKillCalibrate ./recognize/census
	FACEID_SLOW=1 $(GO) test -timeout 20m -run Kill ./finetune
	FACEID_SLOW=1 $(GO) test -timeout 30m -run 'TestKillDuringEnrol|TestKillServe' ./cmd/faceid/command
	FACEID_CRASH_RUNS=200 $(GO) test -timeout 20m -run TestKillDuringCorrection ./cmd/faceid/command
	FACEID_SLOW=1 $(GO) test -timeout 20m -run 'TestSilent|TestDecodeMemory|TestPhotoMemory' ./embed ./embed/photo

dist: build ## a tarball and a Debian package, with libraries, manual pages, completions, SBOM and checksums, in dist/
	deploy/dist.sh

lint: ## gofmt, vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-clean:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

fuzz: ## every fuzz target for FUZZTIME (default 30s; 1000x counts inputs) each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg; \
	  done; done

bench: bench-pipeline bench-losses bench-gallery bench-finetune ## all four tables

bench-pipeline: setup ## photos a second, memory, cold start; beside a Python pipeline
	$(GO) run ./bench/pipeline

bench-quality: setup ## poor, turned, tightly cropped and large photos: what holds, what is refused, what is found
	$(GO) run ./bench/quality

bench-losses: ## one ArcFace step beside PyTorch
	$(GO) run ./bench/losses

bench-finetune: setup ## what fine-tuning brings on unseen people; time beside PyTorch
	$(GO) run ./bench/finetune

bench-gate: setup ## what fine-tuning's gate proves on LFW: power, null trials, coverage
	$(GO) run ./bench/gate

bench-gallery: ## exact search beside FAISS and usearch
	$(GO) run ./bench/gallery

bench-cluster: ## a three-node Weaviate cluster on this machine: recall, and what a killed node costs
	$(GO) run ./bench/cluster

rename: ## give the module the path of its home: make rename MODULE=example.com/you/faceid
	@$(GO) run ./internal/rename $(MODULE)

bench-serve: setup ## faceid serve beside the command line: throughput, latency, memory, overload
	$(GO) run ./bench/serve

bench-trust: setup ## do thresholds calibrated on few people give the rates they promise, on people unlike LFW's
	$(GO) run ./bench/trust

clean: ## remove what the build left in the checkout; the cache stays
	rm -rf bin out
