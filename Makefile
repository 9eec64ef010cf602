# Comboio's commands. `make` alone lists them. Works with GNU make 3.81 (macOS) and later.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv/.ready
SAM_TOOLS := .tools/sam/.ready
CHECK_TOOLS := .tools/checks/.ready
PYTHON_IN_VENV := $(CURDIR)/.venv/bin/python
UV := $(CURDIR)/.venv/bin/uv
SAM := .tools/sam/bin/sam
# The first Python that is new enough. A pyenv shim can exist and still not run, so each is tried.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$python; break; }; done)

# No usage reports from the machines of people who only wanted to build.
export SAM_CLI_TELEMETRY := 0

# The tests, the demo and the benchmarks start Python many times: each start would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=

# A description stands behind "##" on the target's line, with the variables that it takes after a bar.
.PHONY: help
help: ## Lists every command.
	@echo "Comboio: telemetry in convoys. Variables that a command takes stand below it: make demo RATE=2000"
	@awk -F ':.*## ' ' \
		function wrapped(text,   words, line, i) { \
			split(text, words, " "); line = words[1]; \
			for (i = 2; i in words; i++) { \
				if (length(line " " words[i]) > 94) { print line; line = sprintf("%20s%s", "", words[i]) } \
				else line = line " " words[i] } \
			print line } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z0-9-]*:.*## / && $$1 != "help" { \
			split($$2, part, / [|] /); printf "  %-18s", $$1; wrapped(part[1]); \
			if (part[2] != "") { printf "%20s", ""; wrapped(part[2]) } }' $(firstword $(MAKEFILE_LIST))

##@ Try it

.PHONY: demo
demo: $(VENV) $(if $(filter rie,$(FUNCTION)),$(SAM_TOOLS) build-local) ## Runs the whole system here, with faults, and proves that nothing is lost. | RATE=13000 DURATION=20 FUNCTION=process|rie KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.demo

.PHONY: stack
stack: $(VENV) ## Runs Kafka and AWS here until Ctrl-C; prints what other programs need of them. | KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.stack

.PHONY: rehearse
rehearse: $(VENV) ## Sends messages of your own by a table of your own, and says where each went. | TABLE=new.toml SAMPLES=samples (a file for each topic)
	@$(PYTHON_IN_VENV) -m ops.rehearse.command $(or $(TABLE),--help) $(SAMPLES)

.PHONY: adopt-check
adopt-check: $(VENV) ## Routes foreign messages (JSON without ids, Avro, Protobuf, text) by a table alone. | ADOPT_MESSAGES=500
	@$(PYTHON_IN_VENV) -m local.adopt

.PHONY: invoke
invoke: $(SAM_TOOLS) build-local ## Invokes the built dispatcher with an event; needs no Docker. | EVENT=events/ordinary.json FUNCTION=rie|process|endpoint
	@$(PYTHON_IN_VENV) -m local.invoke --function $(or $(FUNCTION),rie) $(or $(EVENT),events/ordinary.json)

##@ Deploy it

.PHONY: build
build: $(VENV) $(SAM_TOOLS) ## Builds layer and functions for Lambda (arm64) into .aws-sam/build. | RUNTIME=python3.14 PYTHON313=path (a Python 3.13, to add byte code)
	PYTHON=$(PYTHON_IN_VENV) $(if $(RUNTIME),RUNTIME=$(RUNTIME)) $(SAM) build $(if $(RUNTIME),--parameter-overrides PythonRuntime=$(RUNTIME))
	@du -sk .aws-sam/build/*/ | awk '{ printf "%-40s %6.1f MB\n", $$2, $$1 / 1024 }'

.PHONY: mappings
mappings: $(VENV) ## Checks a file of topics, and writes the template of their mappings. | STACK=name ARGS="mappings.toml"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.mappings $(or $(ARGS),--help)

.PHONY: deploy-local
deploy-local: $(VENV) $(SAM_TOOLS) ## Deploys the stack to the AWS emulator, and updates it under traffic. | MESSAGES=100000 RATE=3000 KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.deploy

.PHONY: aws-check
aws-check: $(VENV) $(SAM_TOOLS) ## Deploys to an AWS account, checks all of it there, and removes it again. | ACCOUNT=123456789012 MSK_CLUSTER_ARN=arn RATE=200 DURATION=60 NAME=comboio-check REMOVE=true; ENDPOINT=local tries it here
	@$(PYTHON_IN_VENV) -m local.account

# $(call layer,NAME,FOLDER,TARGET): builds a layer of layers/FOLDER by its own Makefile, and packs build/NAME.zip.
define layer
	rm -rf build/$(1) build/$(1).zip
	PYTHON=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/$(1) $(if $(RUNTIME),RUNTIME=$(RUNTIME)) $(MAKE) -C layers/$(2) build-$(3)
	cd build/$(1) && $(PYTHON_IN_VENV) -m zipfile -c ../$(1).zip python
	@du -sk build/$(1)/ build/$(1).zip | awk '{ printf "%-40s %6.1f MB\n", $$2, $$1 / 1024 }'
endef

.PHONY: kafka-layer
kafka-layer: $(VENV) ## Builds the layer that routes to Kafka topics need: build/kafka-layer.zip. | RUNTIME=python3.14
	$(call layer,kafka-layer,kafka,KafkaLayer)

.PHONY: schema-layer
schema-layer: $(VENV) ## Builds the layer that Avro and Protobuf need: build/schema-layer.zip. | RUNTIME=python3.14
	$(call layer,schema-layer,schemas,SchemaLayer)

.PHONY: ec2-artifact
ec2-artifact: $(VENV) ## Builds what a host on EC2 installs, into build/ec2; prints its key and digest. | ARCH=arm64|x86_64
	@$(PYTHON_IN_VENV) -m ops.install.ec2.artifact $(or $(ARCH),arm64)

##@ Operate it

.PHONY: routes
routes: $(VENV) ## Checks and explains a routing table; pauses and resumes destinations and routes. | STACK=name ARGS="check --offline", "explain --topic mt-c400 --codigo 301", "policy", "pause NAME", "status", "--help"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.routes.command $(or $(ARGS),check --offline)

.PHONY: replay
replay: $(VENV) ## Inspects, replays, parks and purges dead letters, and what the hold queue has. | STACK=name ARGS="inspect", "replay --codigo 301 --max 100 --dry-run", "--help"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.replay $(or $(ARGS),inspect)

.PHONY: rewind
rewind: $(VENV) ## Makes records of a partition new again, so that they are dispatched again. | STACK=name ARGS="--partition mt-c400-3 --to 15000", "--help"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.rewind $(or $(ARGS),--help)

.PHONY: watch
watch: $(VENV) ## Shows lag, rates, and what waits, is dead or is down. | STACK=name ARGS="--every 5", "--once", "--help"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.watch $(ARGS)

##@ Plan it

PROFILE ?= examples/profiles/fleet.toml
.PHONY: plan
plan: $(VENV) ## Plans partitions, keys, pollers, cluster and bill from a traffic profile. | PROFILE=fleet.toml SAMPLE=messages.jsonl|counts.csv|kafka://host:port/topic ROUTES=routes.toml AGAINST=other.toml
	@$(PYTHON_IN_VENV) -m plan "$(PROFILE)" $(if $(SAMPLE),--sample "$(SAMPLE)") $(if $(ROUTES),--routes "$(ROUTES)") $(if $(AGAINST),--against "$(AGAINST)")

.PHONY: plan-scale
plan-scale: $(VENV) ## Says where each limit is met, from 1,000 to 1.3 million messages a second. | PROFILE=fleet.toml
	@$(PYTHON_IN_VENV) -m plan.scale "$(PROFILE)"

.PHONY: plan-measure
plan-measure: $(VENV) ## Measures what the planner calculates with: plan/measured/measured.toml.
	@$(PYTHON_IN_VENV) -m bench.plan.measure

.PHONY: plan-validate
plan-validate: $(VENV) ## Predicts runs of the demo from slower ones, and says how far off it was. | RATE=8000 CALIBRATE=4000 DURATION=20 RUNS=3
	@$(PYTHON_IN_VENV) -m bench.plan.validate

##@ Change it

.PHONY: check
check: $(VENV) $(SAM_TOOLS) ## Checks lint, format, types, templates, layering and docs, as CI does; changes nothing.
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --exclude '^(build|\.aws-sam)/' .
	$(SAM) validate --lint --template template.yaml
	$(SAM) validate --lint --template mapping.yaml
	$(PYTHON_IN_VENV) -m pytest tests/unit/docs tests/unit/test_layering.py tests/unit/test_vocabulary.py tests/unit/test_conventions.py

# Tests over real parts mostly wait, and those of the units never do: five workers keep two cores busy. Properties are
# tried with a share of their examples; the second run of CI, and any pytest without EXAMPLES, tries all.
WORKERS ?= 5
EXAMPLES ?= 20
.PHONY: test
test: $(VENV) ## Runs all tests; those over real parts skip what is missing (CI=true: they fail). | TESTS=path EXAMPLES=100 (all examples of properties) ARGS=--durations=30
	@EXAMPLES=$(EXAMPLES) $(PYTHON_IN_VENV) -m pytest --numprocesses $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ARGS) $(TESTS)

.PHONY: format
format: $(VENV) ## Formats the code, and repairs what the linter can.
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

.PHONY: docs
docs: $(VENV) ## Writes the generated pages of the docs anew.
	@$(PYTHON_IN_VENV) -m docs.generate

# Mermaid draws the diagrams, so Node's npm and a browser are needed; what the slides need is kept in docs/decisions/diagrams.
.PHONY: diagrams
diagrams: $(VENV) .tools/diagrams/.ready ## Draws every diagram of the docs; needs npm and Chromium or Chrome.
	@$(PYTHON_IN_VENV) -m docs.slides.diagrams

.PHONY: slides
slides: $(VENV) ## Makes the slides of docs/decisions: HTML, and PDF where Chromium or Chrome is.
	@$(PYTHON_IN_VENV) -m docs.slides

.PHONY: build-local
build-local: $(VENV) ## Builds layer and function for this machine's Python, into build/.
	rm -rf build/layer-local build/function-local
	PYTHON=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/layer-local PLATFORM=local $(MAKE) -C layers/comboio build-ComboioLayer
	PYTHON313=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/function-local $(MAKE) -C functions build-DispatcherFunction

.PHONY: record-events
record-events: $(VENV) ## Records events/ anew; the transactions need Java 17 and Maven. | EVENTS="ordinary full"
	@$(PYTHON_IN_VENV) -m local.recording $(EVENTS)

# No findings: what is let pass stands with its reason where it is (template.yaml: Metadata; pyproject.toml: bandit; below).
# ES6000: receivers add redrive policies to their queues, and letters never move. WS1004: each function names its own
# log group, with a retention; the rule looks for /aws/lambda/<name> only. W1030 takes defaults for values where a
# condition keeps them out (an empty SchemaRegistryUrl, Authentication = iam).
TEMPLATES := template.yaml mapping.yaml ops/install/ec2/service.yaml
LICENCES := Apache;BSD;MIT;Mozilla Public License;MPL-2.0;PSF-2.0
# Locks are full of hashes, events of payloads in base64, canned answers of checksums; tests have passwords of nobody.
NO_SECRETS_IN := (^|/)requirements/?[^/]*[.]txt$$|^events/|/canned[.]py$$|^tests/
# Whole lines that name a secret and have none: conditions and an action of mapping.yaml, examples of the docs, a kind of
# option, what the benchmarks give a function in place of credentials, an option of EC2's.
# Any other text beside such a name is a finding.
NO_SECRET := ^NO_SECRET :=|^ *Has[A-Za-z]*Secret[A-Za-z]*: !(Not \[!Equals \[!Ref [A-Za-z]+, ""\]\]|Or \[(!Condition [A-Za-z]+(, )?)+\])$$|^ *Action: secretsmanager:GetSecretValue$$|^SecretArn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:erp-reader-AbCdEf"$$|^(. )?authorization_secret = "comboio/partner"( +. instead: a Secrets Manager secret, [a-z0-9 ,]+)?$$|SecretStr: "secret text"}$$|^ *"AWS_SECRET_ACCESS_KEY": "no-secret-at-all",$$|^ *"AWS_SESSION_TOKEN": "token" [*] 160,  . Lambda.s are as long$$|^ *"scram_password": "unset",$$|^ *HttpTokens: required$$
.PHONY: security
security: $(VENV) $(CHECK_TOOLS) ## Looks for faults in templates, code, secrets, licences and dependencies.
	.tools/checks/bin/checkov --quiet --compact --skip-download --framework cloudformation --file $(TEMPLATES)
	.tools/checks/bin/cfn-lint --append-rules cfn_lint_serverless.rules --ignore-checks ES6000 WS1004 W1030 --template $(TEMPLATES)
	.tools/checks/bin/bandit --quiet --configfile pyproject.toml --recursive layers functions producer consumer ops local plan charts bench docs
	git ls-files -z | xargs -0 .tools/checks/bin/detect-secrets-hook --exclude-files '$(NO_SECRETS_IN)' --exclude-lines '$(NO_SECRET)'
	.tools/checks/bin/pip-licenses --python $(PYTHON_IN_VENV) --from mixed --partial-match --allow-only '$(LICENCES)' >/dev/null
	@audit=$$(.tools/checks/bin/pip-audit --disable-pip --progress-spinner off -r layers/comboio/requirements.txt \
		-r requirements/services.txt 2>&1); status=$$?; \
	if grep -q "could not be audited" <<<"$$audit" || grep -qiE "ConnectionError|ServiceError|timed out" <<<"$$audit"; \
		then echo "pip-audit: skipped, as no database of advisories is reached from here"; \
		else echo "$$audit"; exit $$status; fi

.PHONY: sbom
sbom: $(CHECK_TOOLS) ## Lists what the layers and the services contain, in CycloneDX: build/sbom.
	@mkdir -p build/sbom
	.tools/checks/bin/cyclonedx-py requirements layers/comboio/requirements.txt --output-reproducible --outfile build/sbom/layer.json
	.tools/checks/bin/cyclonedx-py requirements layers/kafka/requirements.txt --output-reproducible --outfile build/sbom/kafka-layer.json
	.tools/checks/bin/cyclonedx-py requirements layers/schemas/requirements.txt --output-reproducible --outfile build/sbom/schema-layer.json
	.tools/checks/bin/cyclonedx-py requirements requirements/services.txt --output-reproducible --outfile build/sbom/services.json

COMPILE = $(UV) pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-annotate --no-header
OF_THE_RUNTIME = $(foreach name,boto3 botocore s3transfer python-dateutil six urllib3,--no-emit-package $(name))
.PHONY: lock
lock: $(VENV) ## Locks every requirements file anew (versions and hashes).
	cd layers/comboio && $(COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		$(OF_THE_RUNTIME) requirements.in --output-file requirements.txt
	cd requirements && for name in uv services dev sam checks lambda fuzz $(if $(wildcard requirements/emulator.in),emulator); do \
		$(COMPILE) --universal --python-version 3.11 $$name.in --output-file $$name.txt || exit 1; done
	cd layers/kafka && $(COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		$(OF_THE_RUNTIME) --no-emit-package jmespath requirements.in --output-file requirements.txt
	cd layers/schemas && $(COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		requirements.in --output-file requirements.txt

.PHONY: clean
clean: ## Removes what was built and cached; the environments (.venv, .tools) stay.
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . \( -name .venv -o -name .tools -o -name .git \) -prune -o -type d -name __pycache__ -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Removes the environments too.
	rm -rf .venv .tools

##@ Prove it (results in build/proof)

.PHONY: prove-tests
prove-tests: $(VENV) ## Puts faults into a copy of the code, and expects named tests to be red. | PLANTED="A1 spool"
	@$(PYTHON_IN_VENV) -m tests.proof.prove $(PLANTED)

.PHONY: mutate
mutate: $(VENV) ## Makes small changes in the core, and counts those that no test notices; 30 minutes. | PARTS="ledger hold" ARGS="--workers 1 --share 25", "--left", "--afresh", "--help"
	@$(PYTHON_IN_VENV) -m tests.proof.mutate $(PARTS) $(ARGS)

.PHONY: model
model: $(VENV) ## Explores every interleaving of the protocol in small scopes; some minutes.
	@$(PYTHON_IN_VENV) -m tests.model

.PHONY: simulate
simulate: $(VENV) ## Plays whole histories with faults, by seeds, in virtual time. | SEEDS=100000 FIRST=0 WORLD=producer; SEED=12345 step by step; OUTAGE=3600 for an outage of an hour at full rate
	@$(PYTHON_IN_VENV) -m tests.simulation.command

.PHONY: fuzz
fuzz: $(VENV) .tools/fuzz/.ready ## Feeds every way in with inputs that coverage guides to new code. | MINUTES=1 (each) TARGETS="events tables"
	@$(PYTHON_IN_VENV) -m tests.fuzz

.PHONY: test-kafka
test-kafka: $(VENV) ## Troubles three brokers of Apache Kafka; ten minutes; needs Java 17 and Maven. | SCENARIOS="kill-leader rolling" ROUNDS=1 RATE=300
	@$(PYTHON_IN_VENV) -m tests.kafka

##@ Measure it (results in build/bench)

# Every bench-* target below or added later is part of `bench`.
.PHONY: bench
bench: $(shell sed -n 's/^\(bench-[a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST))) ## Runs every benchmark whose name begins with bench-.

.PHONY: bench-dispatcher
bench-dispatcher: build-local ## Measures the dispatcher beside Powertools and a bare loop; four minutes. | WIRE=1 (real HTTP too)
	@$(PYTHON_IN_VENV) -m bench.dispatcher $(if $(WIRE),--wire)

.PHONY: bench-whole
bench-whole: build-local ## Measures whole invocations over TLS, with flame graphs; three minutes.
	@$(PYTHON_IN_VENV) -m bench.whole

.PHONY: bench-routes
bench-routes: $(VENV) ## Measures how messages are read and routed, by the form of the table; ten seconds.
	@$(PYTHON_IN_VENV) -m bench.routes

.PHONY: bench-traces
bench-traces: $(VENV) ## Measures what traces by OTLP cost the dispatcher in processor time; half a minute.
	@$(PYTHON_IN_VENV) -m bench.traces

.PHONY: bench-producer
bench-producer: $(VENV) ## Measures the producer beside a bare confluent-kafka loop and Kafka's own perf test. | BENCH_S=5
	@$(PYTHON_IN_VENV) -m bench.producer

.PHONY: bench-consumer
bench-consumer: $(VENV) ## The consumer beside a bare confluent-kafka loop: to a no-op function, to the dispatcher, and to the built one under Lambda's emulator where that is there; about three minutes. | KAFKA=embedded|apache|host:port BENCH_MESSAGES=300000 BENCH_ROUNDS=3
	@$(PYTHON_IN_VENV) -m bench.consumer

.PHONY: bench-replayer
bench-replayer: $(VENV) ## Measures the replayer beside a plain receive-send-delete loop; a minute.
	@$(PYTHON_IN_VENV) -m bench.replayer

.PHONY: bench-blast
bench-blast: $(VENV) ## Measures what a destination in trouble costs the others; seven minutes. | RATE=2000 SECONDS=15 BLAST="dead-lowest poison"
	@$(PYTHON_IN_VENV) -m bench.blast

.PHONY: bench-latency
bench-latency: $(VENV) ## Measures the time from a record's timestamp to its destination; two minutes. | RATE=13000 SECONDS=12 WINDOWS=0,0.1,0.5,1 LINGER_MS=50
	@$(PYTHON_IN_VENV) -m bench.latency

.PHONY: poc
poc: $(VENV) ## Tries ramp-up, scale-out and every key strategy of the producer; report in build/poc. | POC_STEP_S=3
	@$(PYTHON_IN_VENV) -m bench.producer.poc

.PHONY: soak
soak: $(VENV) ## Produces for ten minutes, and watches the memory; result in build/bench. | SOAK_S=600 SOAK_RATE=2000
	@$(PYTHON_IN_VENV) -m bench.producer.soak

# An environment is ready when its stamp is newer than its lock.
$(VENV): requirements/dev.txt requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "Comboio needs Python 3.11 or later with its venv module, and found none." \
		"Install one (or name it: make PYTHON=/path/to/python3.12 ...)." >&2; exit 2; }
	@echo "Setting up .venv with $$($(PYTHON) --version): the services and their tests (once; about a minute on a slow line)"
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu:" \
		"apt install python3-venv" >&2; exit 2; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/dev.txt
	@printf '%s\n' "$(CURDIR)" "$(CURDIR)/layers/comboio" "$(CURDIR)/functions" \
		> "$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/comboio-dev.pth"
	@touch $@

.tools/diagrams/.ready: requirements/diagrams/package-lock.json
	@command -v npm >/dev/null || { echo "The diagrams need npm (Node.js); it was not found." >&2; exit 2; }
	@echo "Setting up .tools/diagrams: Mermaid (once)"
	@mkdir -p .tools/diagrams && cp requirements/diagrams/package.json requirements/diagrams/package-lock.json .tools/diagrams/
	@cd .tools/diagrams && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.tools/fuzz/.ready: requirements/fuzz.txt | $(VENV)
	@echo "Setting up .tools/fuzz: the fuzzer (once)"
	@rm -rf .tools/fuzz
	@$(UV) pip install --quiet --python .venv --target .tools/fuzz --require-hashes -r requirements/fuzz.txt
	@touch $@

$(SAM_TOOLS): requirements/sam.txt | $(VENV)
	@echo "Setting up .tools/sam: the AWS SAM command line (once)"
	@.venv/bin/python -m venv --clear .tools/sam
	@$(UV) pip install --quiet --python .tools/sam --require-hashes -r requirements/sam.txt
	@touch $@

$(CHECK_TOOLS): requirements/checks.txt | $(VENV)
	@echo "Setting up .tools/checks: what looks for faults in templates, code and dependencies (once)"
	@.venv/bin/python -m venv --clear .tools/checks
	@$(UV) pip install --quiet --python .tools/checks --require-hashes -r requirements/checks.txt
	@touch $@
