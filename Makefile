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

.PHONY: help
help: ## Lists every command.
	@echo "Comboio: telemetry in convoys. Commands:"
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST)) | sort

.PHONY: demo
demo: $(VENV) $(if $(filter rie,$(FUNCTION)),$(SAM_TOOLS) build-local) ## Runs the whole system on this machine with faults, and proves that nothing is lost. RATE=13000 DURATION=20 FUNCTION=process|rie KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.demo

.PHONY: stack
stack: $(VENV) ## Kafka and AWS on this machine until Ctrl-C; prints their endpoints. KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.stack

.PHONY: adopt-check
adopt-check: $(VENV) ## Foreign messages (JSON without ids, Avro, Protobuf, plain text) to SQS, S3 and a function by a table alone. ADOPT_MESSAGES=500
	@$(PYTHON_IN_VENV) -m local.adopt

.PHONY: rehearse
rehearse: $(VENV) ## Sends messages of your own by your own table through Kafka and the handler on this machine, and says where each went. TABLE=new.toml SAMPLES=samples (a file for each topic)
	@$(PYTHON_IN_VENV) -m ops.rehearse.command $(or $(TABLE),--help) $(SAMPLES)

.PHONY: deploy-local
deploy-local: $(VENV) $(SAM_TOOLS) ## Builds and deploys the real stack to the AWS emulator, feeds it from Kafka, updates it under traffic, deletes it. MESSAGES=100000 RATE=3000 KAFKA=embedded|apache|host:port
	@$(PYTHON_IN_VENV) -m local.deploy

.PHONY: aws-check
aws-check: $(VENV) $(SAM_TOOLS) ## Deploys to an account under a name of its own, sends, disturbs, reconciles, removes all of it. ENDPOINT=local tries it here. ACCOUNT=123456789012 MSK_CLUSTER_ARN=arn RATE=200 DURATION=60 NAME=comboio-check REMOVE=true
	@$(PYTHON_IN_VENV) -m local.account

.PHONY: replay
replay: $(VENV) ## Dead letters of `make stack`, or of STACK=name on AWS. ARGS="inspect", "replay --codigo 301 --max 100 --dry-run", "--help"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.replay $(or $(ARGS),inspect)

# Tests over real parts mostly wait, and those of the units never do: four workers keep two cores busy. Properties are
# tried with a share of their examples; the second run of CI, and any pytest without EXAMPLES, tries all.
WORKERS ?= 4
EXAMPLES ?= 30
.PHONY: test
test: $(VENV) ## All tests: unit, property and integration (those over real parts skip what is missing; with CI=true they fail). TESTS=path chooses; EXAMPLES=100 tries all examples of properties; ARGS=--durations=30
	@EXAMPLES=$(EXAMPLES) $(PYTHON_IN_VENV) -m pytest --numprocesses $(WORKERS) --dist loadgroup $(ARGS) $(TESTS)

.PHONY: prove-tests
prove-tests: $(VENV) ## Puts faults into a copy of the code, those of the field among them, and expects named tests to be red; result in build/proof. PLANTED="A1 spool"
	@$(PYTHON_IN_VENV) -m tests.proof.prove $(PLANTED)

.PHONY: mutate
mutate: $(VENV) ## Makes small changes in the core one at a time, and counts those that its tests do not notice; some 30 minutes; goes on where it was ended. PARTS="ledger hold" ARGS="--workers 1 --share 25", "--left", "--afresh", "--help"
	@$(PYTHON_IN_VENV) -m tests.proof.mutate $(PARTS) $(ARGS)

.PHONY: model
model: $(VENV) ## Explores every interleaving of the protocol of ledger, hold queue and drainer in small scopes; some minutes; result in build/proof.
	@$(PYTHON_IN_VENV) -m tests.model

.PHONY: simulate
simulate: $(VENV) ## Plays whole histories with faults, by seeds, in virtual time; goes on where it was ended; result in build/proof. SEEDS=100000 FIRST=0, WORLD=producer, or SEED=12345 step by step, or OUTAGE=3600 for an hour's outage at full rate
	@$(PYTHON_IN_VENV) -m tests.simulation.command

.PHONY: fuzz
fuzz: $(VENV) .tools/fuzz/.ready ## Feeds every way in with inputs that coverage guides to new code; goes on with the inputs of earlier runs; result in build/proof. MINUTES=1 (each) TARGETS="events tables"
	@$(PYTHON_IN_VENV) -m tests.fuzz

.PHONY: test-kafka
test-kafka: $(VENV) ## Troubles three brokers of Apache Kafka under load, fault by fault, and checks what the dispatcher's destination got; about ten minutes; Java 17 and Maven; result in build/proof. SCENARIOS="kill-leader rolling" ROUNDS=1 RATE=300
	@$(PYTHON_IN_VENV) -m tests.kafka

.PHONY: check
check: $(VENV) $(SAM_TOOLS) ## Lint, format, types, template, layering and docs, as CI does; changes nothing.
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --exclude '^(build|\.aws-sam)/' .
	$(SAM) validate --lint --template template.yaml
	$(SAM) validate --lint --template mapping.yaml
	$(PYTHON_IN_VENV) -m pytest tests/unit/docs tests/unit/test_layering.py tests/unit/test_vocabulary.py tests/unit/test_conventions.py

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
security: $(VENV) $(CHECK_TOOLS) ## Looks for faults in templates, code, secrets, licences and, where a database of advisories is reached, dependencies.
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
sbom: $(CHECK_TOOLS) ## Lists what the layer and the services contain, in CycloneDX: build/sbom.
	@mkdir -p build/sbom
	.tools/checks/bin/cyclonedx-py requirements layers/comboio/requirements.txt --output-reproducible --outfile build/sbom/layer.json
	.tools/checks/bin/cyclonedx-py requirements layers/kafka/requirements.txt --output-reproducible --outfile build/sbom/kafka-layer.json
	.tools/checks/bin/cyclonedx-py requirements layers/schemas/requirements.txt --output-reproducible --outfile build/sbom/schema-layer.json
	.tools/checks/bin/cyclonedx-py requirements requirements/services.txt --output-reproducible --outfile build/sbom/services.json

.PHONY: docs
docs: $(VENV) ## Writes the generated pages of the docs anew: options, robustness, index of decisions.
	@$(PYTHON_IN_VENV) -m docs.generate

.PHONY: slides
slides: $(VENV) ## Makes the slides of docs/decisions in both languages: HTML, and PDF where Chromium or Chrome is there; in build/slides.
	@$(PYTHON_IN_VENV) -m docs.slides

# Mermaid draws the diagrams, so Node's npm and a browser are needed; what the slides need is kept in docs/decisions/diagrams.
.PHONY: diagrams
diagrams: $(VENV) .tools/diagrams/.ready ## Draws every diagram of the docs by Mermaid and fails where one is wrong; needs npm and Chromium or Chrome.
	@$(PYTHON_IN_VENV) -m docs.slides.diagrams

.PHONY: format
format: $(VENV) ## Formats the code and repairs what the linter can.
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

.PHONY: build
build: $(VENV) $(SAM_TOOLS) ## Builds layer and function for Lambda (arm64) into .aws-sam/build; no container needed; Python 3.13, if there (PYTHON313=path), adds byte code. RUNTIME=python3.14
	PYTHON=$(PYTHON_IN_VENV) $(if $(RUNTIME),RUNTIME=$(RUNTIME)) $(SAM) build $(if $(RUNTIME),--parameter-overrides PythonRuntime=$(RUNTIME))
	@du -sk .aws-sam/build/*/ | awk '{ printf "%-40s %6.1f MB\n", $$2, $$1 / 1024 }'

# $(call layer,NAME,FOLDER,TARGET): builds a layer of layers/FOLDER by its own Makefile, and packs build/NAME.zip.
define layer
	rm -rf build/$(1) build/$(1).zip
	PYTHON=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/$(1) $(if $(RUNTIME),RUNTIME=$(RUNTIME)) $(MAKE) -C layers/$(2) build-$(3)
	cd build/$(1) && $(PYTHON_IN_VENV) -m zipfile -c ../$(1).zip python
	@du -sk build/$(1)/ build/$(1).zip | awk '{ printf "%-40s %6.1f MB\n", $$2, $$1 / 1024 }'
endef

.PHONY: kafka-layer
kafka-layer: $(VENV) ## Builds the layer that routes to Kafka topics need, for Lambda (arm64): build/kafka-layer.zip. RUNTIME=python3.14
	$(call layer,kafka-layer,kafka,KafkaLayer)

.PHONY: ec2-artifact
ec2-artifact: $(VENV) ## Builds what a host on EC2 installs, packages and all, into build/ec2; prints key and digest for its template. ARCH=arm64|x86_64
	@$(PYTHON_IN_VENV) -m ops.install.ec2.artifact $(or $(ARCH),arm64)

.PHONY: schema-layer
schema-layer: $(VENV) ## Builds the layer that contracts of Avro and Protobuf need, for Lambda (arm64): build/schema-layer.zip. RUNTIME=python3.14
	$(call layer,schema-layer,schemas,SchemaLayer)

.PHONY: build-local
build-local: $(VENV) ## Builds the same layer and function for this machine's Python into build/layer-local and build/function-local.
	rm -rf build/layer-local build/function-local
	PYTHON=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/layer-local PLATFORM=local $(MAKE) -C layers/comboio build-ComboioLayer
	PYTHON313=$(PYTHON_IN_VENV) ARTIFACTS_DIR=$(CURDIR)/build/function-local $(MAKE) -C functions build-DispatcherFunction

.PHONY: invoke
invoke: $(SAM_TOOLS) build-local ## Invokes the built dispatcher with an event, as `sam local invoke` does, without Docker. EVENT=events/ordinary.json FUNCTION=rie|process|endpoint
	@$(PYTHON_IN_VENV) -m local.invoke --function $(or $(FUNCTION),rie) $(or $(EVENT),events/ordinary.json)

.PHONY: record-events
record-events: $(VENV) ## Records events/ anew, from runs of the consumer over Kafka; a minute; the transactions need Java 17 and Maven. EVENTS="ordinary full"
	@$(PYTHON_IN_VENV) -m local.recording $(EVENTS)

.PHONY: routes
routes: $(VENV) ## Checks a routing table, explains it, writes its IAM policy, pauses a destination or a route (STACK=name: on AWS). ARGS="check --offline", "explain --topic mt-c400 --codigo 301", "policy", "pause NAME", "status"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.routes.command $(or $(ARGS),check --offline)

.PHONY: watch
watch: $(VENV) ## A board of the demo or stack that runs here, or of STACK=name on AWS: lag, rates, what waits, is dead or down; JSON lines in a pipe. ARGS="--every 5", "--once"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.watch $(ARGS)

.PHONY: mappings
mappings: $(VENV) ## Checks the topics of a file, and writes the template of their mappings for the stack STACK=name. ARGS="mappings.toml"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.mappings $(or $(ARGS),--help)

.PHONY: rewind
rewind: $(VENV) ## Makes records of a partition new again; shows what would change unless told --yes. ARGS="--partition mt-c400-3 --to 15000 --table T"
	@STACK="$(STACK)" $(PYTHON_IN_VENV) -m ops.rewind $(or $(ARGS),--help)

# Every bench-* target below or added later is part of `bench`.
.PHONY: bench
bench: $(shell sed -n 's/^\(bench-[a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST))) ## Runs every benchmark; results in build/bench.

.PHONY: bench-dispatcher
bench-dispatcher: build-local ## The dispatcher beside Powertools and a bare loop: speed, cold start, cost; about 4 minutes. WIRE=1 adds real HTTP.
	@$(PYTHON_IN_VENV) -m bench.dispatcher $(if $(WIRE),--wire)

.PHONY: bench-whole
bench-whole: build-local ## Whole invocations over TLS by AWS's runtime client: the built dispatcher, Powertools, a bare loop; flame graphs; about three minutes.
	@$(PYTHON_IN_VENV) -m bench.whole

.PHONY: bench-routes
bench-routes: $(VENV) ## Reading and routing a message, by the form of the table; about ten seconds.
	@$(PYTHON_IN_VENV) -m bench.routes

.PHONY: bench-traces
bench-traces: $(VENV) ## What traces by OTLP cost the dispatcher in processor time, in pairs of batches; half a minute.
	@$(PYTHON_IN_VENV) -m bench.traces

.PHONY: poc
poc: $(VENV) ## The producer's proof of concept: ramp-up, scale-out and every key strategy; report in build/poc. POC_STEP_S=3
	@$(PYTHON_IN_VENV) -m bench.producer.poc

.PHONY: soak
soak: $(VENV) ## Produces for ten minutes and watches the memory; result in build/bench. SOAK_S=600 SOAK_RATE=2000
	@$(PYTHON_IN_VENV) -m bench.producer.soak

.PHONY: bench-producer
bench-producer: $(VENV) ## The producer against a bare confluent-kafka loop and Kafka's own perf test. BENCH_S=5
	@$(PYTHON_IN_VENV) -m bench.producer

.PHONY: bench-replayer
bench-replayer: $(VENV) ## The replayer beside a plain receive-send-delete loop, in letters a second; about a minute.
	@$(PYTHON_IN_VENV) -m bench.replayer

.PHONY: bench-consumer
bench-consumer: $(VENV) ## The consumer beside a bare confluent-kafka loop: to a no-op function and to the dispatcher; about two minutes. KAFKA=embedded|apache|host:port BENCH_MESSAGES=300000 BENCH_ROUNDS=3
	@$(PYTHON_IN_VENV) -m bench.consumer

.PHONY: bench-blast
bench-blast: $(VENV) ## What a destination in trouble costs the others; about 7 minutes. RATE=2000 SECONDS=15 BLAST="dead-lowest poison"
	@$(PYTHON_IN_VENV) -m bench.blast

.PHONY: bench-latency
bench-latency: $(VENV) ## From a record's timestamp to taken by its destination, by route and batching window; about two minutes. RATE=13000 SECONDS=12 WINDOWS=0,0.1,0.5,1 LINGER_MS=50
	@$(PYTHON_IN_VENV) -m bench.latency

PROFILE ?= examples/profiles/seeds.toml
.PHONY: plan
plan: $(VENV) ## Plans a deployment from a traffic profile: partitions, keys, pollers, cluster, lag, bill; report in build/plan. PROFILE=fleet.toml SAMPLE=messages.jsonl|counts.csv|kafka://host:port/topic ROUTES=routes.toml AGAINST=other.toml
	@$(PYTHON_IN_VENV) -m plan "$(PROFILE)" $(if $(SAMPLE),--sample "$(SAMPLE)") $(if $(ROUTES),--routes "$(ROUTES)") $(if $(AGAINST),--against "$(AGAINST)")

.PHONY: plan-scale
plan-scale: $(VENV) ## Where each knee is, from 1,000 to 1.3 million messages a second: partitions, environments, pollers, DynamoDB, SQS, account. PROFILE=fleet.toml
	@$(PYTHON_IN_VENV) -m plan.scale "$(PROFILE)"

.PHONY: plan-measure
plan-measure: $(VENV) ## Measures what the planner calculates with, and writes plan/measured/measured.toml; a minute and a half.
	@$(PYTHON_IN_VENV) -m bench.plan.measure

.PHONY: plan-validate
plan-validate: $(VENV) ## Predicts runs of the demo from slower ones, and says how far off rate, lag and drain are; six minutes. RATE=8000 CALIBRATE=4000 DURATION=20 RUNS=3
	@$(PYTHON_IN_VENV) -m bench.plan.validate

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
