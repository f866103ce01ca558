# SPDX-License-Identifier: GPL-2.0
#
# "make" builds for the running kernel or for KDIR, "make help" lists the rest.

KDIR ?= /lib/modules/$(shell uname -r)/build
# Not "make kernelrelease": Debian's headers answer that with another name.
RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	    $(KDIR)/include/generated/utsrelease.h)
BUILD = build/$(RELEASE)
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)/$(BUILD) W=1 KCFLAGS=-Werror \
	 TANDEM_SIM=$(TANDEM_SIM)
TESTS = $(filter-out selftests/lib.sh,$(wildcard selftests/*.sh))
LAB = python3 selftests/lab
PLUGINS ?= /usr/lib/$(shell $(CC) -print-multiarch)/ip

##  modules     tandem.ko and net_failover.ko in build/RELEASE/net/tandem,
##              for the running kernel or KDIR=/path/to/headers [default]
modules: tree
	$(KBUILD) modules
	@tools/check-crc $(BUILD)/Module.symvers $(KDIR)/Module.symvers

##  tree        the source as the kernel's build wants it, in build/RELEASE
tree: $(KDIR)/include/generated/utsrelease.h
	@mkdir -p $(BUILD)/selftests
	@cp -rsf $(CURDIR)/Kbuild $(CURDIR)/include $(CURDIR)/net $(BUILD)/
	@cp -rsf $(CURDIR)/selftests/sim $(BUILD)/selftests/
	@find $(BUILD) -xtype l -delete

$(KDIR)/include/generated/utsrelease.h:
	@echo "no kernel headers in $(KDIR): give KDIR=/path/to/headers" >&2
	@false

##  install     the modules into the running kernel's updates/, or KDIR's
install: modules
	install -D -m 644 -t $(DESTDIR)/lib/modules/$(RELEASE)/updates \
		$(BUILD)/net/tandem/tandem.ko \
		$(BUILD)/net/tandem/net_failover.ko
	depmod -b $(DESTDIR)/ $(RELEASE)

##  plugin      what teaches ip(8) about tandem, in build/ip: try it with
##              IP_LIB_DIR=build/ip ip link help tandem
plugin: build/ip/link_tandem.so build/ip/link_tandem_slave.so

build/ip/link_tandem.so: $(wildcard tools/ip/link_tandem*.c) \
			 $(wildcard tools/ip/*.h) \
			 include/uapi/linux/if_tandem.h
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Werror $(CFLAGS) -Iinclude/uapi -fPIC \
		-shared $(LDFLAGS) -o $@ $(filter %.c,$^)

build/ip/link_tandem_slave.so: build/ip/link_tandem.so
	ln -sf link_tandem.so $@

##  install-tools  the plugin, tandem-doctor, man pages and completion
install-tools: plugin
	install -D -m 644 -t $(DESTDIR)$(PLUGINS) build/ip/link_tandem.so
	ln -sf link_tandem.so $(DESTDIR)$(PLUGINS)/link_tandem_slave.so
	install -D -t $(DESTDIR)/usr/bin tools/tandem-doctor
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man8 \
		tools/ip/ip-link-tandem.8 tools/tandem-doctor.8
	install -D -m 644 tools/ip/completion.bash \
		$(DESTDIR)/etc/bash_completion.d/tandem

##  kernels     the modules for both Debian kernels, 6.1 and 6.12, and the NIC
##              that the tests want
kernels: deps
	+$(MAKE) modules KDIR=$$(tools/headers 6.1) TANDEM_SIM=m
	+$(MAKE) modules KDIR=$$(tools/headers 6.12) TANDEM_SIM=m

##  sparse      build anew with sparse looking on (KDIR=...)
sparse: tree
	@touch -c net/tandem/*.c selftests/sim/*.c
	$(KBUILD) TANDEM_SIM=m C=2 CF=-D__CHECK_ENDIAN__ modules

##  demo        migrate a guest with a VF under load, tell what happens
demo: kernels
	$(LAB) demo --driver dropin --kernel 6.12

##  check       all tests below, on both kernels; what CI runs
check: deps
	+tools/check lint model spec selftest lab-short lab-dropin

##  lint        checkpatch, sparse, kernel-doc, shellcheck, sizes
lint: deps
	+tools/lint

##  model       each order of events in a switch, by spin; MODEL= names some runs
model: deps
	tools/model $(MODEL)

##  spec        docs/netlink/tandem.yaml against header, schema and kernels
spec: kernels
	$(LAB) spec --kernel 6.1,6.12

##  selftest    the kselftests in guests with both kernels (TESTS=...)
selftest: kernels
	tools/selftest $(TESTS)

##  lab         the table of what a seamless switch has to show, the peers
##              beside us, five runs; LAB_RUNS=1, LAB_KERNEL=6.1, LAB_VF=vmxnet3,
##              LAB_HOTPLUG=native, LAB_DRIVER= and LAB_ROWS= choose (lists, too);
##              LAB_MORE=--resume goes on where it was interrupted
LAB_KERNEL ?= 6.12,6.1
LAB_VF ?= e1000e
LAB_HOTPLUG ?= acpi
LAB_DRIVER ?= tandem,dropin,net_failover,bonding
LAB_ROWS ?= table
LAB_RUNS ?= 5
lab: kernels
	$(LAB) run --check --kernel $(LAB_KERNEL) --vf $(LAB_VF) \
		--hotplug $(LAB_HOTPLUG) --driver $(LAB_DRIVER) \
		--scenario $(LAB_ROWS) --runs $(LAB_RUNS) --out build/lab \
		$(LAB_MORE)

##  lab-matrix  that table once on each of ten machines, kernels, VFs, ways of
##              pairing and plugging mixed; peers on one
lab-matrix: kernels
	tools/lab-matrix

##  lab-short   every row of it once, with few rounds, on 6.12
lab-short: kernels
	$(LAB) run --check --short --kernel 6.12 --driver tandem

##  lab-dropin  the same of the drop-in, rows in which the host pairs and unpairs
lab-dropin: kernels
	$(LAB) run --check --short --kernel 6.12 --driver dropin \
		--scenario cycles,cancel,migrations,surprise

##  mutants     faults put into the driver one by one: do the tests see them?
##              MUTANTS= names some, or scripts; a minute each, of four hundred
mutants: kernels
	tools/mutants $(MUTANTS)

##  deps        install with apt what all of this needs
deps:
	@tools/deps

##  clean       remove build/
clean:
	rm -rf build

##  help        this list
help:
	@sed -n 's/^##//p' $(firstword $(MAKEFILE_LIST))

.DEFAULT_GOAL := modules
.PHONY: modules tree install plugin install-tools kernels sparse demo check \
	lint model spec selftest lab lab-matrix lab-short lab-dropin mutants \
	deps clean help
