# make          build/kernel8.img, for the Pi and for QEMU
# make help     every target, a line each

MAKEFLAGS += -j$(shell nproc)
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

# --- What a user may set -------------------------------------------------------------------------
# CROSS   prefix of the cross tools; found by itself where it is one of the usual three
# T       one group of tests          DEPTH   everyday, ci or all          FILE   commands to type
# MACHINE what run, debug and script boot: raspi3b, raspi3ap, virt, virt-el2 or virt-secure
# SEED    where the random tests begin    FILES  what coverage and mutate tell of
# CHANGED with anything: mutate draws from the lines changed since CI_BASE or the last merge
# TARGET  what fuzz feeds, RUNS times
# JSON    with anything: bench prints JSON
# FIRMWARE_DIR  folders with a Pi's firmware and trees, with colons in between
# DEV     the disk that `make flash` writes to; the serial line of `make send` and `make term`
# IMAGE   the kernel that `make send` sends             PORT   where `make debug` has the shell
ifeq ($(origin CROSS),undefined)
CROSS := $(firstword $(foreach prefix,aarch64-linux-gnu- aarch64-none-elf- aarch64-elf-,\
  $(if $(shell command -v $(prefix)g++ 2>/dev/null),$(prefix))) aarch64-linux-gnu-)
endif
DEPTH ?= everyday
T ?=
export SEED
FILE ?=
export MACHINE ?=
FILES ?=
CHANGED ?=
TARGET ?=
RUNS ?= 2000000
JSON ?=
DEV ?=
IMAGE ?= $(BUILD)/kernel8.img
PORT ?= 4444
# What Debian installs, where it is installed; of several kernels the last by name.
empty :=
FIRMWARE_DIR ?= $(subst $(empty) $(empty),:,$(strip $(wildcard /usr/lib/raspi-firmware) \
  $(lastword $(sort $(wildcard /usr/lib/linux-image-*)))))

BUILD := build
OUT := $(BUILD)/$(CROSS:-=)
HOST := $(BUILD)/host

# --- Flags ---------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast \
  -Wcast-qual -Wmissing-declarations -Wnon-virtual-dtor -Wundef -Wvla -Wextra-semi \
  -Wsuggest-override -Werror
# The last one only there: clang 14 gives it for every defaulted <=>.
GCC_WARNINGS := -Wuseless-cast -Wcast-align=strict -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
  -Wzero-as-null-pointer-constant
CLANG_COMMON := -std=c++20 -I. -g $(WARNINGS) -MMD -MP
COMMON := $(CLANG_COMMON) $(GCC_WARNINGS)

KERNEL_FLAGS := $(COMMON) -O2 -mcpu=cortex-a53 -ffreestanding -fno-exceptions -fno-rtti
KERNEL_FLAGS += -fno-threadsafe-statics -fno-use-cxa-atexit  # No C++ runtime to call.
KERNEL_FLAGS += -fno-pie                # Debian's GCC defaults to PIE: a GOT load per global.
KERNEL_FLAGS += -mgeneral-regs-only     # Exception entry saves no FP registers.
KERNEL_FLAGS += -mstrict-align          # Unaligned accesses fault until the MMU is on.
KERNEL_FLAGS += -mno-outline-atomics    # Else std::atomic calls into libgcc.
KERNEL_FLAGS += -mfix-cortex-a53-835769 # Erratum of the Pi 3's core; Debian's GCC leaves it off.
KERNEL_FLAGS += -fno-asynchronous-unwind-tables -fno-unwind-tables  # No .eh_frame in the image, but .debug_frame for gdb.
KERNEL_FLAGS += -fno-stack-protector    # No guard symbol.
KERNEL_FLAGS += -fno-omit-frame-pointer -fno-optimize-sibling-calls   # Stack walks see every caller.
KERNEL_FLAGS += -fno-delete-null-pointer-checks  # Physical 0 is an address like any other.
# Else each file keeps copies of its own of the allocator's functions, cut to its calls: 20 KiB.
KERNEL_FLAGS += -fno-ipa-sra -fno-ipa-cp -fno-partial-inlining
KERNEL_FLAGS += -mcmodel=tiny           # One instruction for an address, not two: nothing is 1 MiB away.
KERNEL_FLAGS += -ffunction-sections -fdata-sections  # The linker drops what nobody refers to.
KERNEL_FLAGS += -falign-functions=4 -falign-loops=4 -falign-jumps=4  # Padding: 2.6 KiB.
# boot/*.cpp runs before the MMU: a switch that became a table of addresses would hold link addresses.
BOOT_FLAGS := $(KERNEL_FLAGS) -fno-tree-switch-conversion -fno-jump-tables
LINK_FLAGS := -nostdlib -static -no-pie -Wl,--build-id=none,--no-warn-rwx-segments,-z,max-page-size=4096,--gc-sections,-O2
# Errata of the Pi 3's core that the linker mends; not every toolchain does it unasked.
LINK_FLAGS += -mfix-cortex-a53-835769 -mfix-cortex-a53-843419

SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZED := $(COMMON) $(SANITIZERS)
# What is behind a last element may lie in an object that is large enough: only the library knows.
HOST_FLAGS := $(SANITIZED) -D_GLIBCXX_ASSERTIONS
HOST_FLAGS += -Og -g1  # Compiles twice as fast as -O1 -g, and says as much when it fails.
# Unit tests are mostly macros that compare: they would compile for half as long again, and a null pointer ends
# them anyway.
UNIT_FLAGS := -fno-sanitize=null,alignment,vptr,nonnull-attribute,returns-nonnull-attribute
FUZZ_FLAGS := $(CLANG_COMMON) -O1 -g1 -D_GLIBCXX_ASSERTIONS $(SANITIZERS)

# --- Sources -------------------------------------------------------------------------------------
# Where a function has several copies the linker keeps the first it meets: what the caches need of the
# allocator as fast as there; the rest small, as kernel/start is compiled, but that of the zones
# before that of the heap and the shell.
FAST_MM := kernel/mm/cached_buddies.cpp
SMALL_MM := $(addprefix kernel/mm/,heap.cpp heap_pages.cpp virtual_space.cpp zone.cpp)
KERNEL_SOURCES := $(wildcard boot/*.S boot/*.cpp) $(FAST_MM) $(wildcard kernel/start/*.cpp) \
  $(filter-out $(FAST_MM) $(SMALL_MM),$(wildcard kernel/mm/*.cpp)) $(SMALL_MM) \
  $(wildcard kernel/mm/*/*.cpp kernel/arch/*.S kernel/arch/*.cpp drivers/*.cpp kernel/*.cpp shell/*.cpp shell/*/*.cpp)
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(OUT)/%.o)
TREES := $(patsubst boot/%.dts,$(OUT)/boot/%.dtb,$(wildcard boot/*.dts))
# What cannot run on a host: it is, or needs, the machine.
# Of kernel/arch the panic path runs on a host too, on what tests/support/fake_arch.cpp says of the machine.
PANIC_PATH := kernel/arch/report.cpp kernel/arch/stack_walk.cpp
TARGET_ONLY := kernel/main.cpp $(filter-out $(PANIC_PATH),$(wildcard kernel/start/*.cpp kernel/arch/*.cpp boot/*.cpp))
HOST_SOURCES := $(filter-out $(TARGET_ONLY),$(filter %.cpp,$(KERNEL_SOURCES)))
TEST_SOURCES := $(wildcard tests/*.cpp tests/support/*.cpp tests/arch/*.cpp tests/mm/*.cpp tests/mm/*/*.cpp \
  tests/drivers/*.cpp tests/shell/*.cpp)
# Of a compiler's time for one of these most goes into headers: so about ten are compiled at once, by a
# file that includes them. Apart are those that not every program has, or that have flags of their own.
APART := tests/main.cpp tests/support/broken_promise.cpp
JUMBO_FOLDER := $(BUILD)/jumbo
# Sets JUMBO.
ifneq ($(filter-out all run script debug sdcard flash send term check clean help,$(or $(MAKECMDGOALS),all)),)
include $(JUMBO_FOLDER)/jumbo.mk
endif
UNIT_OBJECTS := $(JUMBO:%=$(HOST)/%.o) $(APART:%=$(HOST)/%.o) $(HOST)/boot/builtin_trees.S.o

# --- The kernel ----------------------------------------------------------------------------------
.PHONY: all
all: $(BUILD)/kernel8.img $(BUILD)/kernel8.elf ## build the kernel: build/kernel8.img and kernel8.elf

$(OUT)/boot/%.cpp.o: boot/%.cpp Makefile | setup-run
	@mkdir -p $(@D)
	$(CROSS)g++ $(BOOT_FLAGS) -c $< -o $@
	@! $(CROSS)readelf -rW $@ | awk '/^Relocation section/ { loaded = !/\.debug|\.eh_frame/ } \
	  loaded && /ABS64|GOT/ { print "$<: needs an absolute address before the MMU is on: " $$0 }' | grep .

$(OUT)/%.cpp.o: %.cpp Makefile | setup-run
	@mkdir -p $(@D)
	$(CROSS)g++ $(KERNEL_FLAGS) -c $< -o $@

$(OUT)/%.S.o: %.S Makefile | setup-run
	@mkdir -p $(@D)
	$(CROSS)g++ -I. -g -MMD -MP -Wa,-I$(OUT) -c $< -o $@

# With -Os alone nothing is inlined that is larger than its call before it is folded: each literal
# that becomes a string_view would be a call of strlen. 12 KiB; of 2, 4, 6 and 9, 4 saves the most.
SMALL := -Os --param max-inline-insns-size=4
# A person waits for the line, not for these: small is worth more than fast.
$(OUT)/shell/%.cpp.o $(OUT)/kernel/mm/health/%.cpp.o: KERNEL_FLAGS += $(SMALL)
# But what is measured is compiled like the allocators of kernel/mm.
$(OUT)/shell/rows/rows.cpp.o: KERNEL_FLAGS += -O2 --param max-inline-insns-size=0
# What runs once at boot likewise, but not the loops of page_table.cpp (37,000 instructions for 2 KiB);
# and a panic is for a person, too, as is what `verify` goes through.
ONCE := $(wildcard kernel/start/*.cpp) kernel/main.cpp \
  $(addprefix kernel/,board.cpp board_properties.cpp board_reader.cpp boot_arguments.cpp) \
  $(addprefix kernel/,device_tree.cpp device_tree_bus.cpp device_tree_value.cpp format.cpp log.cpp numbers.cpp symbols.cpp) \
  $(addprefix kernel/mm/,mapping_audit.cpp cached_check.cpp heap_check.cpp late_ram.cpp memory_map.cpp board_memory.cpp window_map.cpp) \
  $(addprefix kernel/arch/,alarm.cpp core_lock.cpp cores.cpp crashes.cpp image.cpp panic.cpp recoverable.cpp recoverable_access.cpp report.cpp stack_walk.cpp)
$(ONCE:%=$(OUT)/%.o): KERNEL_FLAGS += $(SMALL)
# An object of the heap costs a page table walk anyway. Clearing a table stays a call of memset.
$(SMALL_MM:%=$(OUT)/%.o): KERNEL_FLAGS += $(SMALL) -ftree-loop-distribute-patterns

$(OUT)/boot/%.dtb: boot/%.dts | setup-run
	@mkdir -p $(@D)
	dtc -q -I dts -O dtb -o $@ $<

$(OUT)/boot/builtin_trees.S.o: $(TREES)

# These are memcpy and its kin: a loop in them must not become a call of them.
$(OUT)/kernel/arch/string.cpp.o: KERNEL_FLAGS += -fno-tree-loop-distribute-patterns

# Linked twice: the first link says where the functions are, the second carries their names, behind
# everything that executes, so that they move no function.
$(OUT)/first.elf: $(KERNEL_OBJECTS) boot/kernel.ld
	$(CROSS)g++ $(LINK_FLAGS) -T boot/kernel.ld -o $@ $(KERNEL_OBJECTS) -lgcc

$(OUT)/symbols.S: $(OUT)/first.elf tools/symbols.awk
	$(CROSS)nm -nC $< | awk -f tools/symbols.awk > $@

$(OUT)/symbols.o: $(OUT)/symbols.S
	$(CROSS)g++ -Wa,--fatal-warnings -c $< -o $@

$(BUILD)/kernel8.elf: $(OUT)/first.elf $(OUT)/symbols.o
	$(CROSS)g++ $(LINK_FLAGS) -T boot/kernel.ld -o $@ $(KERNEL_OBJECTS) $(OUT)/symbols.o -lgcc
	@$(CROSS)nm -nC $@ | awk -f tools/symbols.awk | cmp -s - $(OUT)/symbols.S || \
	  { echo "$@: the names moved the functions they name"; exit 1; }

$(BUILD)/kernel8.img: $(BUILD)/kernel8.elf
	$(CROSS)objcopy -O binary $< $@

# --- The host ------------------------------------------------------------------------------------
# A folder is newer when a file has come or gone.
$(JUMBO_FOLDER)/jumbo.mk: tools/jumbo.py tools/check_includes.py Makefile \
  $(shell find kernel drivers shell tests -type d -o -name '*.[ch]pp') | setup-test
	@python3 tools/jumbo.py $(@D) $(filter-out $(APART),$(HOST_SOURCES) $(TEST_SOURCES))

# Each is written together with the list.
$(JUMBO): ;

$(HOST)/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(HOST_FLAGS) -c $< -o $@

# Data only: the tests read the same trees that the kernel carries.
COVERAGE := $(BUILD)/coverage
$(HOST)/boot/builtin_trees.S.o $(COVERAGE)/boot/builtin_trees.S.o $(BUILD)/mutate/boot/builtin_trees.S.o: boot/builtin_trees.S $(TREES) Makefile | setup-test
	@mkdir -p $(@D)
	g++ -Wa,-I$(OUT) -c $< -o $@

$(filter $(HOST)/$(JUMBO_FOLDER)/tests_% $(HOST)/tests/%,$(UNIT_OBJECTS)): HOST_FLAGS += $(UNIT_FLAGS)
# What they try: much of it is called millions of times, and half as fast without.
$(filter-out $(HOST)/$(JUMBO_FOLDER)/tests_%,$(JUMBO:%=$(HOST)/%.o)): HOST_FLAGS += -O1
$(HOST)/unit_tests: $(UNIT_OBJECTS)
	g++ $(HOST_FLAGS) -o $@ $^ -lCppUTestExt -lCppUTest -lfdt

# The random test against the model: for speed, and the same source with sanitizers.
RANDOM_TEST := tests/random/random_test.cpp
$(HOST)/random_test: $(RANDOM_TEST) Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(COMMON) -O2 -o $@ $<

$(HOST)/random_test_asan: $(RANDOM_TEST) Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(SANITIZED) -O1 -o $@ $<

# For coverage: every way out of a line is one that the source has, none the compiler's for exceptions.
COVERAGE_FLAGS := $(COMMON) -O0 -g0 --coverage -fno-exceptions -fno-threadsafe-statics
COVERAGE_FLAGS += -Dalways_inline=noinline  # What has no body of its own has no beginning to be counted.
COVERAGE_FLAGS += -Wno-attributes           # That then contradicts `constexpr`, which is `inline`.
$(COVERAGE)/%.cpp.o: %.cpp Makefile | setup-coverage
	@mkdir -p $(@D)
	g++ $(COVERAGE_FLAGS) -c $< -o $@

$(COVERAGE)/tests/support/broken_promise.cpp.o: COVERAGE_FLAGS += -fexceptions

# Counts as not reached what no test calls at run time: the compiler makes no code of it elsewhere.
$(COVERAGE)/every_header.cpp: tools/scope.py tools/scope.txt $(wildcard kernel/*.hpp kernel/mm/*.hpp shell/*/*.hpp)
	@mkdir -p $(@D)
	python3 tools/scope.py > $@
$(COVERAGE)/every_header.o: $(COVERAGE)/every_header.cpp Makefile
	g++ $(COVERAGE_FLAGS) -fkeep-inline-functions -c $< -o $@

$(COVERAGE)/unit_tests: $(UNIT_OBJECTS:$(HOST)/%=$(COVERAGE)/%) $(COVERAGE)/every_header.o
	g++ --coverage -o $@ $(filter-out %/every_header.o,$^) -lCppUTestExt -lCppUTest -lfdt

# For mutation: the sources that tools/mutate.py has written in place of the originals.
MUTATE := $(BUILD)/mutate
MUTATE_FLAGS := -std=c++20 -O1 -w -Wno-narrowing -fconstexpr-ops-limit=2000000000 -I$(MUTATE)/src -I. -MMD -MP
MUTATE_OBJECTS := $(patsubst $(HOST)/%,$(MUTATE)/%,$(filter-out $(HOST)/tests/main.cpp.o,$(UNIT_OBJECTS)))
$(MUTATE)/%.cpp.o: %.cpp Makefile | setup-mutate
	@mkdir -p $(@D)
	g++ $(MUTATE_FLAGS) -c $(or $(wildcard $(MUTATE)/src/$<),$<) -o $@

$(MUTATE)/unit_tests: $(MUTATE_OBJECTS) $(MUTATE)/tests/mutate/runner.cpp.o
	g++ -o $@ $^ -lCppUTestExt -lCppUTest -lfdt

# Every state of small allocators, and every flipped bit: programs of their own, for speed.
FAST := $(BUILD)/fast
EXHAUSTIVE_PARTS := $(patsubst %,$(FAST)/%.o,$(filter-out %_test.cpp,$(wildcard tests/exhaustive/*.cpp)))

$(FAST)/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(COMMON) -O2 -g1 -c $< -o $@

$(FAST)/mm.a $(HOST)/mm.a: %/mm.a: $(addprefix %/,$(addsuffix .o,$(filter-out $(JUMBO_FOLDER)/kernel_arch_%,$(filter $(JUMBO_FOLDER)/kernel_%,$(JUMBO)))))
	@rm -f $@
	ar rcs $@ $^

EXHAUSTIVE_TESTS := $(patsubst tests/exhaustive/%.cpp,$(HOST)/%,$(wildcard tests/exhaustive/*_test.cpp))
$(EXHAUSTIVE_TESTS): $(HOST)/%: $(FAST)/tests/exhaustive/%.cpp.o $(EXHAUSTIVE_PARTS) $(FAST)/mm.a
	@mkdir -p $(@D)
	g++ -o $@ $^

# Damaged metadata must not lead anywhere else: the sanitizers would tell.
FLIPS_ASAN := $(HOST)/flips_test_asan $(HOST)/cores_test_asan
$(FLIPS_ASAN): $(HOST)/%_asan: $(HOST)/tests/exhaustive/%.cpp.o $(EXHAUSTIVE_PARTS:$(FAST)/%=$(HOST)/%) $(HOST)/mm.a
	g++ $(HOST_FLAGS) -o $@ $^

# What three compilers run: nothing is left of it but that they agreed.
COMPILE_TIME := $(patsubst %,/%.o,$(wildcard tests/constexpr/*.cpp))
COMPILE_TIME := $(COMPILE_TIME:%=$(OUT)%) $(COMPILE_TIME:%=$(FAST)%) $(COMPILE_TIME:%=$(BUILD)/clang%)

$(BUILD)/clang/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	clang++ -std=c++20 -I. -Wall -Wextra -Werror -MMD -MP -c $< -o $@

# libFuzzer's, so clang's: the kernel's own sources once more, told to say which way they went.
FUZZ := $(BUILD)/fuzz
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.cpp,$(FUZZ)/%,$(wildcard tests/fuzz/*_target.cpp))
FUZZ_OBJECTS := $(patsubst %,$(FUZZ)/%.o,$(filter-out $(JUMBO_FOLDER)/tests_%,$(JUMBO)) \
  $(filter $(JUMBO_FOLDER)/tests_support_%,$(JUMBO)) tests/support/broken_promise.cpp)

$(FUZZ)/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	clang++ $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

# Comparisons there are with addresses and counts, and a dictionary has the words: to learn from each
# of them costs half the time.
UNTRACED := $(FUZZ)/$(JUMBO_FOLDER)/kernel_mm_%.cpp.o $(FUZZ)/$(JUMBO_FOLDER)/shell_%.cpp.o \
  $(FUZZ)/tests/fuzz/trace_%.cpp.o
$(UNTRACED): FUZZ_FLAGS += -O2 -fno-sanitize-coverage=trace-cmp

$(FUZZ)/parts.a: $(FUZZ_OBJECTS) $(HOST)/boot/builtin_trees.S.o
	@rm -f $@
	ar rcs $@ $^

$(FUZZ_PROGRAMS): $(FUZZ)/%: $(FUZZ)/tests/fuzz/%.cpp.o $(FUZZ)/parts.a
	clang++ $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ -lfdt

# All allocators together against models: for speed, and the same sources with sanitizers.
SIMULATION := $(wildcard tests/simulation/*.cpp)
$(HOST)/simulate: $(SIMULATION:%=$(FAST)/%.o) $(FAST)/mm.a
	g++ -o $@ $^

$(HOST)/simulate_asan: $(SIMULATION:%=$(HOST)/%.o) $(HOST)/mm.a
	g++ $(HOST_FLAGS) -o $@ $^

# One zone of 1 TiB, without the RAM.
$(HOST)/tebibyte: $(FAST)/tests/scale/tebibyte.cpp.o $(FAST)/mm.a
	@mkdir -p $(@D)
	g++ -o $@ $^

# Every interleaving of several cores. What runs on them is compiled to tell of each access it makes
# to memory; those who hear of it stand in for the library that the flag means, and are not.
EXPLORED := $(BUILD)/explored
EXPLORER := $(patsubst %,$(FAST)/%.o,$(wildcard tests/concurrency/explorer/*.cpp))
EXPLORED_FLAGS := $(COMMON) -O2 -g1 -fsanitize=thread --param tsan-instrument-func-entry-exit=0 -Wno-tsan
$(EXPLORED)/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(EXPLORED_FLAGS) -c $< -o $@

$(FAST)/tests/concurrency/explorer/hooks.cpp.o: COMMON += -Wno-missing-declarations
# Of a library's function that both have compiled the first is linked: that of the explorer, which
# would else hear of its own accesses.
$(HOST)/explore: $(EXPLORER) $(patsubst %,$(EXPLORED)/%.o,$(wildcard tests/concurrency/*.cpp) kernel/mm/cached_buddies.cpp kernel/mm/cached_check.cpp kernel/mm/shared_buddies.cpp)
	@mkdir -p $(@D)
	g++ -o $@ $^

# The same with threads, under the library that the flag does mean.
THREADED := $(BUILD)/threaded
$(THREADED)/%.cpp.o: %.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(COMMON) -O2 -g1 -fsanitize=thread -c $< -o $@

$(HOST)/threads_test: $(patsubst %,$(THREADED)/%.cpp.o,tests/threads/threads_test kernel/mm/cached_buddies kernel/mm/cached_check kernel/mm/shared_buddies)
	@mkdir -p $(@D)
	g++ -fsanitize=thread -o $@ $^

# Allocators side by side: how long they take, and how they fragment.
ROWS := tests/bench/rows.cpp tests/bench/timed/memory.cpp kernel/mm/cached_buddies.cpp
$(FAST)/timed: $(patsubst %,$(FAST)/%.o,$(ROWS) $(addprefix tests/bench/timed/,main.cpp single.cpp threads.cpp))
	g++ -pthread -o $@ $^

$(FAST)/fragmentation: $(patsubst %,$(FAST)/%.o,$(ROWS) tests/bench/timed/fragmentation.cpp)
	g++ -o $@ $^

# --- Set-up ---------------------------------------------------------------------------------------
# Installs, with one run of apt, what the goals need: the first to run does it for all of them.
PURPOSE := $(or $(filter check coverage mutate,$(MAKECMDGOALS)),$(if $(filter test programs script bench instructions fuzz,$(MAKECMDGOALS)),test),run)
.PHONY: setup-run setup-test setup-check setup-coverage setup-mutate setup-debug setup-sdcard
setup-run:
	@CROSS="$(CROSS)" tools/setup.sh $(PURPOSE)
setup-test setup-check setup-coverage setup-mutate setup-debug setup-sdcard: setup-%: setup-run
	@CROSS="$(CROSS)" tools/setup.sh $*

# --- Running --------------------------------------------------------------------------------------
EMULATED := $(if $(MACHINE),$(shell python3 tools/qemu.py $(MACHINE)),-M raspi3b)
$(if $(EMULATED),,$(error MACHINE=$(MACHINE): no such machine))
QEMU := qemu-system-aarch64 $(EMULATED) -kernel $(BUILD)/kernel8.img
.PHONY: run
run: $(BUILD)/kernel8.img ## boot in QEMU with the shell on this terminal (Ctrl-] x leaves)
	$(QEMU) -nographic -echr 0x1d

.PHONY: script
script: $(BUILD)/kernel8.img | setup-test ## boot headless, type each line of FILE, print the transcript
	@python3 tools/script.py "$(FILE)"

# gdb starts QEMU and ends it; the serial line waits for whoever connects. It stops where a promise is
# broken, with the callers still to be seen, and where an exception ends in a panic.
GDB := $(firstword $(foreach name,$(CROSS)gdb gdb-multiarch,$(if $(shell command -v $(name) 2>/dev/null),$(name))) gdb-multiarch)
DEBUGGED := $(QEMU) -S -gdb stdio -display none -monitor none
DEBUGGED += -serial tcp:127.0.0.1:$(PORT),server=on,wait=off
STOPS := kernel::broken_promise arch::fatal_exception
.PHONY: debug
debug: $(BUILD)/kernel8.img | setup-debug ## stop before the first instruction, under gdb with `beryl meminfo`; `nc 127.0.0.1 4444` is the shell
	$(GDB) -q $(BUILD)/kernel8.elf -x tools/gdb/beryl.py -ex 'target remote | exec $(DEBUGGED)' \
	  $(STOPS:%=-ex 'break %')

# --- A card -----------------------------------------------------------------------------------------
.PHONY: sdcard
sdcard: $(BUILD)/kernel8.img | setup-sdcard ## build/sdcard.img, which boots a Pi once FIRMWARE_DIR has its firmware
	@python3 tools/sdcard.py $(BUILD)/sdcard.img "$(FIRMWARE_DIR)"

# The image as it is: to make it anew it takes FIRMWARE_DIR, and not root, who leaves no files (-B).
.PHONY: flash
flash: ## write build/sdcard.img to the card in DEV, which must be removable; asks, and reads it back
	@python3 -B tools/flash.py $(BUILD)/sdcard.img "$(DEV)"

# --- A board ----------------------------------------------------------------------------------------
.PHONY: send
send: $(IMAGE) ## send IMAGE to the Beryl at the serial line DEV, which runs it, and show its boot
	@tools/setup.sh line
	@python3 tools/send.py "$(DEV)" "$(IMAGE)"

.PHONY: term
term: ## a terminal on the serial line DEV (Ctrl-] x leaves)
	@tools/setup.sh line
	@python3 tools/term.py "$(DEV)"

# --- Tests and checks -----------------------------------------------------------------------------
export CROSS
export PYTHONPYCACHEPREFIX := $(abspath $(BUILD))/pycache

# Watch the boot, and count calls, from inside QEMU.
$(HOST)/boot_probe.so: tests/qemu/boot_probe.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(COMMON) -O2 -fPIC -shared -o $@ $<

$(HOST)/call_probe.so: tests/bench/counted/probe.cpp Makefile | setup-test
	@mkdir -p $(@D)
	g++ $(COMMON) -O2 -fPIC -shared -o $@ $<

# The allocators as the kernel's compiler and flags make them, in a program of Linux.
COUNTED := tests/bench/rows.cpp kernel/mm/cached_buddies.cpp kernel/arch/string.cpp tests/bench/counted/main.cpp tests/bench/counted/calls.S
$(BUILD)/counted: $(COUNTED:%=$(OUT)/%.o)
	$(CROSS)g++ -nostdlib -static -no-pie -Wl,--build-id=none,--gc-sections -o $@ $^ -lgcc

# What `load` is tried with: a kernel that tells how it was started.
LANDING := $(patsubst %,$(OUT)/%.o,$(wildcard tests/landing/*.S tests/landing/*.cpp))
$(BUILD)/landing.img: $(LANDING) tests/landing/landing.ld
	$(CROSS)g++ $(LINK_FLAGS) -T tests/landing/landing.ld -o $(OUT)/landing.elf $(LANDING)
	$(CROSS)objcopy -O binary $(OUT)/landing.elf $@

.PHONY: test programs
programs: $(BUILD)/landing.img
programs: $(BUILD)/kernel8.img $(HOST)/unit_tests $(HOST)/random_test $(HOST)/random_test_asan
programs: $(HOST)/simulate $(HOST)/simulate_asan $(HOST)/tebibyte $(EXHAUSTIVE_TESTS) $(FLIPS_ASAN) $(COMPILE_TIME)
programs: $(FUZZ_PROGRAMS) $(HOST)/boot_probe.so $(HOST)/explore $(HOST)/threads_test
programs: $(HOST)/call_probe.so $(BUILD)/counted $(FAST)/fragmentation | setup-test ## all that the tests run, built
test: programs ## every host and QEMU test (T=name: one group; DEPTH=ci, all: more)
	@python3 tools/run_tests.py --depth $(DEPTH) $(T)

.PHONY: coverage
coverage: $(COVERAGE)/unit_tests | setup-coverage ## lines and ways out of lines that no test reaches (FILES=...: there only)
	@python3 tools/coverage.py $(FILES)

# make looks at the sources before anything runs, and these are written first: hence a make of its own.
.PHONY: mutate
mutate: | setup-mutate ## small changes to the sources that no test notices (FILES=...: there only)
	@python3 tools/mutate.py prepare
	@$(MAKE) -s $(MUTATE)/unit_tests
	@python3 tools/mutate.py run $(if $(CHANGED),--changed) $(if $(SEED),--seed $(SEED)) $(FILES)
	@$(MAKE) -s $(HOST)/explore
	@python3 tools/mutate_orders.py $(if $(CHANGED),--changed) $(FILES)

.PHONY: fuzz
fuzz: $(if $(TARGET),$(FUZZ)/$(TARGET)_target) ## feed TARGET (shell, tree, trace, mailbox) RUNS inputs; keep what is new in build/fuzz/new/
	@python3 tests/fuzz/fuzz.py $(TARGET) $(RUNS)

# The other allocators are rows too: the floor, and what this kernel grows from.
.PHONY: bench
bench: $(BUILD)/kernel8.img $(HOST)/boot_probe.so $(HOST)/call_probe.so $(BUILD)/counted
bench: $(FAST)/timed $(FAST)/fragmentation | setup-test ## what the allocators cost side by side, and the boot (JSON=1: one line of JSON)
	@python3 tools/bench.py $(if $(JSON),--json)

.PHONY: instructions
instructions: $(HOST)/call_probe.so $(BUILD)/counted | setup-test ## accept what our allocators cost in instructions now
	@python3 tests/bench/instructions.py

.PHONY: check
check: | setup-check ## what else CI runs: format, clang-tidy, layers, sizes
	@python3 tools/run_checks.py

.PHONY: clean
clean: ## remove everything that was built
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
