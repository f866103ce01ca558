# SPDX-License-Identifier: GPL-2.0
#
# make               builds for the running kernel, or for KDIR
# make help          lists what else there is

KDIR ?= /lib/modules/$(shell uname -r)/build
# Not "make kernelrelease": Debian's headers answer that with another name.
RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	    $(KDIR)/include/generated/utsrelease.h)
BUILD = build/$(RELEASE)

.DEFAULT_GOAL := modules

##@ modules: build tandem.ko and net_failover.ko into build/RELEASE (KDIR=...)
.PHONY: modules
modules: $(KDIR)/Makefile
	@mkdir -p $(BUILD)
	@cp -rsf $(CURDIR)/Kbuild $(CURDIR)/net $(BUILD)/
	@find $(BUILD) -xtype l -delete
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(BUILD) W=1 KCFLAGS=-Werror modules
	@tools/check-crc $(BUILD)/Module.symvers $(KDIR)/Module.symvers

$(KDIR)/Makefile:
	@echo "No kernel headers in $(KDIR); give KDIR=/path/to/headers" >&2
	@false
